"""A run can be repeated from its manifest; what differs is named."""

from __future__ import annotations

import getpass
import hashlib
import json
import platform
import re
import socket
from pathlib import Path

import pytest
import zarr

import livingdrug as ld
from livingdrug.core.provenance import read_manifest

STUDY = (
    "time,term,value,unit,statistic,n\n7,car_t_blood,31.5,cell/uL,median,10\n"
    "14,car_t_blood,9.1,cell/uL,median,10\n"
)
RUN = "simulate kimmel2021 --subjects 3 --days 14 --seed 4 --set r_B=0.2 --visits 2.25,7"


def edit(path: Path, change) -> None:
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))


@pytest.fixture
def result(livingdrug, folder):
    """Three results of one run, with a study that is a file."""
    (folder / "s.csv").write_text(STUDY)
    for options in ("--out x.zarr", "--out x.csv --plot x.png", "--out x.parquet"):
        assert livingdrug(f"{RUN} --study s.csv {options}").code == 0
    return folder


NAMES = ["x.zarr", "x.csv", "x.parquet", "x.png", "x.csv.manifest.json", "x.zarr/manifest.json"]


@pytest.mark.parametrize("name", NAMES)
def test_identical(livingdrug, result, name):
    done = livingdrug(f"rerun {name}")
    assert (done.code, done.err) == (0, "")
    digest = read_manifest(result / "x.zarr" / "manifest.json").outputs["course"]
    assert done.out == f"identical: {digest}\n"


def test_json(livingdrug, result):
    found = livingdrug("rerun x.csv --json").json
    assert found["identical"] is True
    assert (found["differences"], found["surroundings"]) == ([], [])


@pytest.mark.parametrize(
    "options",
    [
        "",
        "--variant quartile",
        "--method bdf --rtol 1e-5",
        "--atol 1e-9",
        "--assume-cv N=0.2",
        "--lloq 1",
        "--study zuma1",
        "--study zuma1 --trials 2",
    ],
)
def test_every_option_is_repeated(livingdrug, options):
    run = "simulate kimmel2021 --days 4" + ("" if "--trials" in options else " --subjects 2")
    assert livingdrug(f"{run} {options} --out x.zarr").code == 0
    assert livingdrug("rerun x.zarr").out.startswith("identical: ")


def test_single_subject(livingdrug):
    assert livingdrug("simulate stein2019 --days 4 --set t_steroid=2 --out x.csv").code == 0
    assert livingdrug("rerun x.csv").out.startswith("identical: ")


def test_from_another_folder(livingdrug, result, monkeypatch, tmp_path_factory):
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    assert livingdrug(f"rerun '{result / 'x.csv'}'").out.startswith("identical: ")
    assert livingdrug(f"rerun '{result / 'x.zarr'}'").out.startswith("identical: ")


def test_changed_number_in_the_store(livingdrug, result):
    array = zarr.open_array(result / "x.zarr" / "C", mode="r+")
    array[1, 3] = float(array[1, 3]) * 1.25
    done = livingdrug("rerun x.zarr")
    assert done.code == 2
    lines = done.out.splitlines()
    assert lines[0] == "different:"
    # 1.25 times the right value lies 0.2 of itself away from it
    assert any("stored variable C: 1 of" in line and "difference 0.2" in line for line in lines)
    assert len(lines) == 2


def test_changed_number_in_a_table(livingdrug, result):
    path = result / "x.csv"
    lines = path.read_text().splitlines(keepends=True)
    *labels, variable, value, unit = lines[5].split(",")
    lines[5] = ",".join([*labels, variable, repr(float(value) * 2), unit])
    path.write_text("".join(lines))
    done = livingdrug("rerun x.csv")
    assert done.code == 2
    assert f"stored variable {variable}: 1 of" in done.out
    assert "largest relative difference 0.5" in done.out
    path.write_text("".join(lines[:-2]))
    assert "rows then" in livingdrug("rerun x.csv").out
    path.write_text("something else\n1\n")
    assert "a table of curves has subject, replicate, time" in livingdrug("rerun x.csv").err


def test_changed_figure(livingdrug, result):
    with (result / "x.png").open("ab") as stream:
        stream.write(b" ")
    done = livingdrug("rerun x.png")
    assert done.code == 2
    assert "x.png: is not the file that the run wrote" in done.out


def test_changed_result_in_the_manifest(livingdrug, result):
    def change(content):
        content["results"]["peak, quantile 0.5"] *= 2

    edit(result / "x.zarr" / "manifest.json", change)
    done = livingdrug("rerun x.zarr")
    assert done.code == 2
    assert "peak, quantile 0.5: " in done.out
    assert "(-0.5 relative)" in done.out


def test_changed_digest_in_the_manifest(livingdrug, result):
    edit(result / "x.png.manifest.json", lambda content: content["outputs"].update(course="0" * 64))
    done = livingdrug("rerun x.png")
    assert done.code == 2
    assert "the course: its digest is not the one that was recorded" in done.out


def test_other_package_version(livingdrug, result):
    edit(result / "x.csv.manifest.json", lambda c: c["versions"].update(numpy="1.0", gone="2"))
    done = livingdrug("rerun x.csv")
    assert done.code == 0  # the numbers are the same to the last bit
    assert done.out.startswith("identical: ")
    assert "package numpy: 1.0 then, " in done.out
    assert "package gone: 2 then, absent now" in done.out


def test_other_model(livingdrug, result):
    edit(result / "x.csv.manifest.json", lambda c: c["model"].update(math_hash="0" * 64))
    done = livingdrug("rerun x.csv")
    assert done.code == 2
    assert "the equations of the model: hash 000000000000 then, " in done.out
    edit(result / "x.png.manifest.json", lambda c: c["model"].update(status="old"))
    done = livingdrug("rerun x.png")
    assert done.code == 0
    assert "model status: old then, " in done.out


def test_other_seed_shows_the_size_of_the_difference(livingdrug, result):
    def change(content):
        words = content["command"]
        words[words.index("--seed") + 1] = "5"

    edit(result / "x.zarr" / "manifest.json", change)
    done = livingdrug("rerun x.zarr --json")
    assert done.code == 2
    assert done.json["identical"] is False
    text = "\n".join(done.json["differences"])
    for part in ("the course: ", "peak, quantile 0.5: ", "stored variable C: "):
        assert part in text


def test_changed_or_missing_input(refused, result):
    (result / "s.csv").write_text(STUDY.replace("31.5", "31.6"))
    refused("rerun x.csv", "s.csv", "the input has changed since the run")
    (result / "s.csv").unlink()
    refused("rerun x.csv", "'s.csv'", "not here nor beside the manifest")


def test_changed_bundled_study(livingdrug, folder):
    livingdrug("simulate kimmel2021 --days 3 --study zuma1 --out x.csv")
    edit(folder / "x.csv.manifest.json", lambda c: c["inputs"][0].update(sha256="0" * 64))
    done = livingdrug("rerun x.csv")
    assert done.code == 2
    assert "input 'study zuma1': its content has changed" in done.out


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda c: c.update(command=["rm", "-rf", "x"]), "cannot be repeated"),
        (lambda c: c.update(command=["livingdrug.simulate", "kimmel2021"]), "cannot be repeated"),
        (lambda c: c["command"].append("--seed"), "cannot be repeated"),
        (lambda c: c["command"].extend(["--sneeze", "1"]), "unknown option '--sneeze'"),
        (lambda c: c["command"].extend(["--seed", "x"]), "--seed x in the command"),
        (lambda c: c["command"].extend(["--visits", "x"]), "--visits x in the command"),
        (lambda c: c["command"].extend(["--set", "r_B=x"]), "--set"),
        (lambda c: c["command"].extend(["--days", "-4"]), "--days"),
        (lambda c: c["command"].__setitem__(2, "kimmel1921"), "unknown model 'kimmel1921'"),
        (lambda c: c.update(schema_version="9"), "version '9'"),
        (lambda c: c.update(seed="x"), "seed"),
        (lambda c: c.pop("outputs"), "outputs"),
        (lambda c: c.clear(), "not a livingdrug manifest"),
    ],
)
def test_spoilt_manifest(refused, result, change, expected):
    edit(result / "x.csv.manifest.json", change)
    refused("rerun x.csv", expected)


def test_nothing_to_repeat(refused, folder):
    refused("rerun nope.csv", "nope.csv: there is no such file")
    (folder / "x.csv").write_text("a,b\n")
    refused("rerun x.csv", "no manifest is with it", "x.csv.manifest.json")
    (folder / "x.csv.manifest.json").write_text("{")
    refused("rerun x.csv", "is not JSON")
    (folder / "folder").mkdir()
    refused("rerun folder", "no manifest is with it")


def test_broken_store(refused, result):
    for chunk in (result / "x.zarr" / "C" / "c").rglob("*"):
        if chunk.is_file():
            chunk.write_bytes(b"no longer compressed")
    refused("rerun x.zarr", "x.zarr: cannot be read as a Zarr store")


def test_manifest(livingdrug, folder):
    (folder / "s.csv").write_text(STUDY)
    line = f"{RUN} --assume-cv N=0.1 --study '{folder / 's.csv'}' --out '{folder / 'x.csv'}'"
    assert livingdrug(line).code == 0
    path = folder / "x.csv.manifest.json"
    manifest = read_manifest(path)
    command = " ".join(manifest.command)
    assert command == (
        "livingdrug simulate kimmel2021 --subjects 3 --days 14.0 --study s.csv --visits 2.25,7.0 "
        "--seed 4 --set r_B=0.2 --assume-cv N=0.1 --out x.csv"
    )
    (study,) = manifest.inputs
    assert study.name == "s.csv"
    assert study.sha256 == hashlib.sha256(STUDY.encode()).hexdigest()
    assert manifest.model is not None
    assert manifest.model.id == "kimmel2021"
    assert manifest.model.status == ld.get_model("kimmel2021").status
    assert len(manifest.model.math_hash) == len(manifest.model.evidence_hash) == 64
    assert {"livingdrug", "numpy", "scipy", "xarray"} <= set(manifest.versions)
    assert manifest.python == platform.python_version()
    assert manifest.system == platform.system()
    assert manifest.machine == platform.machine()
    assert manifest.seed == 4
    assert manifest.tolerances["rtol"] == 1e-6
    assert {"atol:N", "atol:C", "atol:B"} <= set(manifest.tolerances)
    assert manifest.backend == "native"
    assert manifest.started <= manifest.ended
    assert manifest.ended.endswith("+00:00")
    assert manifest.failures == ()
    assert [item.doi for item in manifest.citations] == ["10.1098/rspb.2021.0229"]
    assert len(manifest.assumptions) == 1
    assert manifest.outputs["x.csv"] == hashlib.sha256((folder / "x.csv").read_bytes()).hexdigest()
    text = path.read_text()
    for secret in (str(folder), str(folder.parent), str(Path.home())):
        assert secret not in text
    for secret in (socket.gethostname(), getpass.getuser()):
        assert re.search(rf"\b{re.escape(secret)}\b", text) is None
    assert not [word for word in manifest.command if word.startswith(("/", "~"))]


def test_manifest_lists_failures(livingdrug, folder):
    # see test_failures.py: some of these tumours exceed every number
    done = livingdrug("simulate kimmel2021 --days 7000 --subjects 6 --out x.csv --json")
    assert done.code == 4
    manifest = read_manifest(folder / "x.csv.manifest.json")
    assert len(manifest.failures) == done.json["failed"] > 0
    assert all(item.status == "NOT_FINITE" and item.message for item in manifest.failures)
    assert livingdrug("rerun x.csv").out.startswith("identical: ")
