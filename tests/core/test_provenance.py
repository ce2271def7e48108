import dataclasses
import getpass
import json
import platform
import re
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from livingdrug.core.errors import DataError, OutputError
from livingdrug.core.provenance import (
    MANIFEST_VERSION,
    Citation,
    Failure,
    InputFile,
    Manifest,
    ModelRecord,
    collect_versions,
    new_manifest,
    read_manifest,
    utc_now,
    write_manifest,
)
from livingdrug.core.source import Source

SOURCE = Source(doi="10.1/x", authors=("Stein, A.", "Two, B."), year=2019, title="T", pages="1-2")
FULL = Manifest(
    command=("livingdrug", "run", "stein2019", "--seed", "1"),
    inputs=(InputFile("study.csv", "ab" * 32),),
    model=ModelRecord("stein2019", "", "draft", "12ab", "34cd"),
    versions={"numpy": "2.0.0"},
    python="3.11.9",
    system="Linux",
    machine="x86_64",
    seed=2**64 - 1,
    method="rodas5p",
    tolerances={"rtol": 1e-6, "atol:car_t": 1e-9},
    backend="native",
    started="2026-01-01T00:00:00+00:00",
    ended="2026-01-01T00:00:02+00:00",
    failures=(Failure("P1", "CHATTER", "a switch flipped"), Failure(7, "PIVOT", "singular", 3)),
    citations=(Citation.of(SOURCE),),
    outputs={"course.zarr": "ef" * 32},
    assumptions=("body weight 70 kg",),
    warnings=("model is a draft",),
)


def changed(**fields):
    content = json.loads(FULL.to_json())
    for key, value in fields.items():
        if value is ...:
            del content[key]
        else:
            content[key] = value
    return json.dumps(content)


def test_json_round_trip():
    assert Manifest.from_json(FULL.to_json()) == FULL
    empty = dataclasses.replace(FULL, model=None, seed=None, failures=(), inputs=(), outputs={})
    assert Manifest.from_json(empty.to_json()) == empty


plain_text = st.text(st.characters(exclude_characters="/\\~", exclude_categories=["Cs"]))


@given(
    st.lists(plain_text, max_size=3),
    st.dictionaries(plain_text, st.floats(allow_nan=False, allow_infinity=False), max_size=3),
    st.one_of(st.none(), st.integers(0, 2**64 - 1)),
    st.lists(st.builds(Failure, st.integers() | plain_text, plain_text, plain_text), max_size=3),
)
def test_json_round_trip_of_any_content(texts, tolerances, seed, failures):
    manifest = dataclasses.replace(
        FULL,
        warnings=tuple(texts),
        tolerances=tolerances,
        seed=seed,
        failures=tuple(failures),
    )
    assert Manifest.from_json(manifest.to_json()) == manifest


def test_numpy_scalars_become_plain_numbers():
    manifest = dataclasses.replace(
        FULL, seed=np.int64(3), tolerances={"rtol": np.float64(0.5)}, failures=()
    )
    assert Manifest.from_json(manifest.to_json()).seed == 3


def test_file_round_trip_and_refusal_to_overwrite(tmp_path):
    path = tmp_path / "manifest.json"
    write_manifest(path, FULL)
    assert read_manifest(path) == FULL
    with pytest.raises(OutputError, match="exists"):
        write_manifest(path, FULL)
    write_manifest(path, dataclasses.replace(FULL, seed=5), force=True)
    assert read_manifest(path).seed == 5
    assert [entry.name for entry in tmp_path.iterdir()] == ["manifest.json"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "is not JSON"),
        ("[]", "is not a livingdrug manifest"),
        ('{"schema": "other"}', "is not a livingdrug manifest"),
        (
            changed(schema_version="99"),
            f"'99'; this version of livingdrug reads '{MANIFEST_VERSION}'",
        ),
        (changed(seed=...), "field 'seed' is missing"),
        (changed(colour="red"), "field 'colour' is not known"),
        (changed(seed="1"), "seed: is '1'; it must be an integer"),
        (changed(seed=True), "seed: is True; it must be an integer"),
        (changed(method=3), "method: is 3; it must be text"),
        (changed(command="run"), "command: is 'run'; it must be a list"),
        (changed(command=["run", 1]), r"command\[1\]: is 1; it must be text"),
        (changed(tolerances=[1]), r"tolerances: is \[1\]; it must be an object"),
        (changed(tolerances={"rtol": "x"}), r"tolerances\['rtol'\]: is 'x'; it must be a number"),
        (changed(model="m"), "model: is 'm'; it must be an object"),
        (changed(model={"id": "m"}), "model: field 'variant' is missing"),
        (changed(inputs=[{"name": "x"}]), r"inputs\[0\]: field 'sha256' is missing"),
        (
            changed(failures=[{"subject": 1.5, "status": "", "message": "", "replicate": None}]),
            "1.5",
        ),
    ],
)
def test_wrong_content_is_explained(tmp_path, text, message):
    path = tmp_path / "m.json"
    path.write_text(text)
    with pytest.raises(DataError, match=rf"m\.json.*{message}"):
        read_manifest(path)


def test_all_problems_of_a_manifest_are_listed_together():
    with pytest.raises(DataError) as caught:
        Manifest.from_json(changed(seed=..., method=3, tolerances=[]))
    assert len(caught.value.issues) == 3


def test_unreadable_manifests(tmp_path):
    with pytest.raises(DataError, match="cannot be read: No such file"):
        read_manifest(tmp_path / "absent.json")
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DataError, match="not UTF-8"):
        read_manifest(tmp_path / "binary")


def test_new_manifest_describes_this_run(tmp_path):
    study = tmp_path / "data" / "study.csv"
    study.parent.mkdir()
    study.write_bytes(b"abc")
    manifest = new_manifest(
        command=[str(tmp_path / "bin" / "livingdrug"), "fit", str(study)],
        started=utc_now(),
        inputs=[study],
        relative_to=tmp_path,
        seed=1,
        outputs={str(tmp_path / "fit.zarr"): "00"},
    )
    assert manifest.command == ("livingdrug", "fit", "data/study.csv")
    assert manifest.inputs[0].name == "data/study.csv"
    assert manifest.inputs[0].sha256.startswith("ba7816bf")
    assert manifest.outputs == {"fit.zarr": "00"}
    assert manifest.python == platform.python_version()
    assert manifest.started <= manifest.ended
    assert Manifest.from_json(manifest.to_json()) == manifest


def test_time_is_utc_in_iso_format():
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", utc_now())


def test_versions_of_installed_packages_only(monkeypatch):
    versions = collect_versions()
    assert versions["numpy"] == np.__version__
    assert {"livingdrug", "scipy", "xarray"} <= set(versions)
    monkeypatch.setattr(
        "livingdrug.core.provenance.RECORDED_PACKAGES", ("livingdrug", "no-such-package")
    )
    assert set(collect_versions()) == {"livingdrug"}


def test_manifest_names_no_user_host_or_absolute_path(tmp_path, monkeypatch):
    user, host = "zebrauser", "zebrahost"
    monkeypatch.setattr(platform, "node", lambda: host)
    monkeypatch.setattr(socket, "gethostname", lambda: host)
    monkeypatch.setenv("HOME", f"/home/{user}")
    monkeypatch.setenv("USER", user)
    study = tmp_path / user / "study.csv"
    study.parent.mkdir()
    study.write_text("x")
    manifest = new_manifest(
        command=[f"/home/{user}/bin/livingdrug", "run", str(study), f"--out=/home/{user}/run 1/x"],
        started=utc_now(),
        inputs=[study],
        model=ModelRecord("m", "", f"from /home/{user}/cards/m.py", "0", "0"),
        failures=[Failure("P1", "PIVOT", f"see '/home/{user}/my logs/run.txt'")],
        citations=[Citation.of(SOURCE)],
        outputs={f"/home/{user}/course.zarr": "00"},
        assumptions=[f"weights of C:\\Users\\{user}\\w.csv"],
        warnings=[f"cache file://{host}/home/{user}/.cache/x unwritable", f"in /home/{user}"],
    )
    text = manifest.to_json()
    assert user not in text
    assert host not in text
    strings = list(_strings(json.loads(text)))
    assert "study.csv" in strings
    for string in strings:
        assert not Path(string).is_absolute()
        assert not re.search(r"(?:^|[\s='\"(])(?:/|[A-Za-z]:\\|~\w)[\w.]", string), string
    real = {getpass.getuser(), socket.gethostname()} - {"root", "user", "runner", "localhost"}
    assert not [name for name in real if len(name) > 3 and name in text]


def _strings(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield key
            yield from _strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from _strings(item)


def test_import_is_light():
    code = (
        "import sys, livingdrug.core.provenance; "
        "print(sorted({'pint', 'xarray', 'pandas', 'scipy'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
