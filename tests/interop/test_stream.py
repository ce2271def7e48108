"""Results in pieces: the same whatever their size, and whatever stops the run on its way."""

from __future__ import annotations

import dataclasses
import errno
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.dataset
import pyarrow.parquet
import pytest
import xarray as xr

import livingdrug as ld
from livingdrug import Reduction
from livingdrug.core.errors import (
    DataError,
    DraftModelWarning,
    OptionError,
    OutputError,
    SubjectFailureWarning,
)
from livingdrug.core.provenance import Manifest, dataset_digest, read_manifest
from livingdrug.core.schema import validate_course
from livingdrug.interop import pieces
from livingdrug.interop.course_files import long_table, read_course
from livingdrug.interop.journal import JOURNAL, Journal, read_journal
from livingdrug.interop.parquet_pieces import ParquetPieces
from livingdrug.interop.pieces import PIECE_FORMATS, StreamInterrupted
from livingdrug.interop.stream_options import default_piece
from livingdrug.interop.zarr_pieces import PENDING, ZarrPieces

N, PIECE, SEED = 23, 5, 3
TIMES = [0.0, 7.0, 14.0, 28.0, 60.0]
SUFFIXES = list(PIECE_FORMATS)
# the package under test, also where it is not installed and the path to it is relative
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(Path(ld.__file__).resolve().parents[1])}


@pytest.fixture(scope="module")
def model():
    return ld.get_model("kimmel2021")


@pytest.fixture(scope="module")
def whole(model):
    cohort = ld.draw_cohort(model, N, seed=SEED)
    return ld.simulate(model, cohort, times=TIMES, seed=SEED)


@pytest.fixture(scope="module")
def reduce(model):
    return ld.headline_reductions(model, 60.0)


@pytest.fixture(scope="module")
def reduced(model, reduce):
    cohort = ld.draw_cohort(model, N, seed=SEED)
    return ld.simulate(model, cohort, times=[0.0, 60.0], reduce=reduce, seed=SEED)


def to(path: Path, model, **options):
    options = {"times": TIMES, "seed": SEED, "piece": PIECE} | options
    return ld.simulate_to(path, model, N, **options)


def content(folder: Path) -> dict[str, object]:
    """Every file that holds results; not what tells of time and command."""
    left_out = {JOURNAL, "manifest.json", "_manifest.json", "zarr.json"}
    return {
        path.relative_to(folder).as_posix(): timeless(path)
        for path in folder.rglob("*")
        if path.is_file() and not (path.name in left_out and path.parent == folder)
    }


def timeless(path: Path) -> object:
    """All bytes of a file; of Parquet the table and what it carries but for the time."""
    if path.suffix != ".parquet":
        return path.read_bytes()
    table = pyarrow.parquet.read_table(path, partitioning=None)
    carried = dict(table.schema.metadata)
    manifest = json.loads(carried.pop(b"livingdrug.provenance"))
    assert manifest.pop("started") <= manifest.pop("ended")
    # as text, which shows each number to the last bit and is equal for what is not a number
    return table.replace_schema_metadata().schema, repr(table.to_pydict()), carried, manifest


# -- what is written ----------------------------------------------------------------------------


@pytest.mark.parametrize("piece", [1, PIECE, N, 100])
def test_a_store_is_the_course_of_all_subjects(model, whole, tmp_path, piece):
    done = to(tmp_path / "x.zarr", model, piece=piece)
    assert (done.n_subjects, done.n_failed, done.n_simulated) == (N, 0, N)
    found = read_course(tmp_path / "x.zarr")
    validate_course(found)
    assert dataset_digest(found) == dataset_digest(whole)
    xr.testing.assert_identical(found.drop_attrs(deep=False), whole.drop_attrs(deep=False))
    assert found.attrs["n_steps"] == whole.attrs["n_steps"]
    assert not (tmp_path / "x.zarr" / "_events").exists()


def test_a_folder_of_parquet_is_the_table_of_all_subjects(model, whole, tmp_path):
    to(tmp_path / "x.parquet", model)
    expected = long_table(whole)
    for found in (
        pd.read_parquet(tmp_path / "x.parquet"),
        pyarrow.dataset.dataset(tmp_path / "x.parquet").to_table().to_pandas(),
        pd.concat([pd.read_parquet(p) for p in sorted((tmp_path / "x.parquet").glob("*.parquet"))]),
    ):
        assert list(found.columns) == list(expected.columns)
        assert found.dtypes.tolist() == expected.dtypes.tolist()
        keys = ["subject", "variable", "time"]
        a, b = (t.sort_values(keys, ignore_index=True) for t in (found, expected))
        pd.testing.assert_frame_equal(a, b, check_exact=True)


@pytest.mark.parametrize("reduced", [False, True], ids=["course", "reduced"])
def test_one_part_of_a_folder_says_what_it_is(model, reduce, tmp_path, reduced):
    """Wherever it is moved: versions, hashes, seed and citations lie in each file."""
    options = {"times": [0.0, 60.0], "reduce": reduce} if reduced else {}
    done = to(tmp_path / "x.parquet", model, **options)
    parts = sorted((tmp_path / "x.parquet").glob("*.parquet"))
    assert len(parts) == 5
    for number, part in enumerate(parts):
        moved = part.rename(tmp_path / f"moved-{number}.parquet")
        carried = pyarrow.parquet.read_schema(moved).metadata
        assert (carried[b"livingdrug.model"], carried[b"livingdrug.seed"]) == (b"kimmel2021", b"3")
        found = Manifest.from_json(carried[b"livingdrug.provenance"].decode())
        # of the piece alone are only times, digest and failures
        assert found.outputs == {
            "piece": read_journal(tmp_path / "x.parquet").pieces[number].digest
        }
        own = ("started", "ended", "outputs", "failures")
        same = {name: getattr(found, name) for name in found.__slots__ if name not in own}
        assert same == {name: getattr(done.manifest, name) for name in same}
        assert found.versions["livingdrug"] == ld.__version__
        assert found.model.math_hash == model.math_hash
        assert [item.doi for item in found.citations] == [one.doi for one in model.sources]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_reductions(model, reduce, reduced, tmp_path, suffix):
    path = tmp_path / f"x{suffix}"
    done = to(path, model, times=[0.0, 60.0], reduce=reduce)
    if suffix == ".zarr":
        with xr.open_zarr(path) as found:
            assert dataset_digest(found) == dataset_digest(reduced)
        columns = found.load()
    else:
        table = pyarrow.parquet.read_table(path)
        assert table.column_names == ["subject", *reduce, "status", "status_message"]
        meta = table.schema.field("cmax").metadata
        assert meta[b"units"].decode() == reduced["cmax"].attrs["units"]
        assert b"maximum of" in meta[b"long_name"]
        columns = table.to_pandas()
    for name in reduce:
        assert np.array_equal(columns[name], reduced[name], equal_nan=True)
        assert np.array_equal(done.reductions[name], reduced[name], equal_nan=True)
        assert done.units[name] == reduced[name].attrs["units"]
    assert columns["subject"].values.tolist() == list(range(N))


def test_observations_and_event_logs(tmp_path):
    """Residual error, limits and logs of different lengths go through pieces too."""
    model = ld.get_model("stein2019")
    options = {"times": [0.0, 7.0, 60.0], "lloq": {"car_transgene": 5000.0}}
    cohort = ld.draw_cohort(model, 7, seed=1)
    expected = ld.simulate(model, cohort, seed=1, **options)
    assert expected["blq"].values.any()
    ld.simulate_to(tmp_path / "x.zarr", model, 7, seed=1, piece=3, **options)
    assert dataset_digest(read_course(tmp_path / "x.zarr")) == dataset_digest(expected)

    model = ld.get_model("kimmel2021")
    cohort = ld.draw_cohort(model, 40, seed=1)
    expected = ld.simulate(model, cohort, times=[0.0, 365.0], seed=1)
    assert 0 < expected.sizes["event_log"] < 40
    ld.simulate_to(tmp_path / "e.zarr", model, 40, times=[0.0, 365.0], seed=1, piece=7)
    assert dataset_digest(read_course(tmp_path / "e.zarr")) == dataset_digest(expected)


def test_options_of_the_draw(model, tmp_path):
    """One covariate per subject and one for all, a regimen, typical values, a study, a CV."""
    infused = dataclasses.replace(ld.get_model("singh2021"), status="reproduced")  # no warning
    draw = {
        "covariates": {"weight": np.linspace(50.0, 90.0, N), "age": 50.0},
        "regimen": ld.Regimen.infusion(3e8),
    }
    expected = ld.simulate(
        infused, ld.draw_cohort(infused, N, seed=SEED, **draw), times=TIMES, seed=SEED
    )
    to(tmp_path / "x.zarr", infused, **draw)
    assert dataset_digest(read_course(tmp_path / "x.zarr")) == dataset_digest(expected)
    draw = {"study": ld.load_study("zuma1"), "assume_cv": {"N": 0.1}, "values": {"r_B": 0.2}}
    expected = ld.simulate(
        model, ld.draw_cohort(model, N, seed=SEED, **draw), times=TIMES, seed=SEED
    )
    to(tmp_path / "y.zarr", model, **draw)
    assert dataset_digest(read_course(tmp_path / "y.zarr")) == dataset_digest(expected)


def test_failed_subjects_are_marked_and_listed(tmp_path):
    model = ld.get_model("kimmel2021")
    cohort = ld.draw_cohort(model, 6, seed=1)
    with pytest.warns(SubjectFailureWarning):
        expected = ld.simulate(model, cohort, times=[0.0, 7000.0], seed=1)
    n_failed = int((expected["status"].values != 0).sum())
    assert 0 < n_failed < 6
    with pytest.warns(SubjectFailureWarning) as caught:
        done = ld.simulate_to(tmp_path / "x.zarr", model, 6, times=[0.0, 7000.0], seed=1, piece=2)
    # one for all, and not one for each piece
    assert len(caught) == 1
    assert str(caught[0].message).startswith(f"{n_failed} of 6 subjects could not be")
    assert done.n_failed == n_failed
    assert [f.subject for f in done.manifest.failures] == np.flatnonzero(
        expected["status"].values
    ).tolist()
    assert dataset_digest(read_course(tmp_path / "x.zarr")) == dataset_digest(expected)


def test_a_draft_is_called_one(model, tmp_path):
    draft = dataclasses.replace(model, status="draft")
    with pytest.warns(DraftModelWarning, match="kimmel2021 is a draft") as caught:
        done = to(tmp_path / "x.zarr", draft)
    assert len(caught) == 1
    assert "is a draft" in done.manifest.warnings[0]


def test_manifest_and_digest(model, reduce, tmp_path):
    a = to(tmp_path / "a.zarr", model, times=[0.0, 60.0], reduce=reduce)
    b = to(tmp_path / "b.parquet", model, times=[0.0, 60.0], reduce=reduce)
    assert a.digest == b.digest
    assert to(tmp_path / "c.zarr", model, seed=4).digest != to(tmp_path / "d.zarr", model).digest
    manifest = read_manifest(tmp_path / "b.parquet" / "_manifest.json")
    assert manifest.outputs == {"pieces": a.digest}
    assert manifest == b.manifest
    assert manifest.backend == "native"
    assert "atol:B" in manifest.tolerances


def test_size_of_pieces():
    assert default_piece(10, None) == 16384
    assert default_piece(6, 393) == 512  # 6 x 393 x 8 bytes, 889 times into 16 MiB
    assert default_piece(1000, 10_000) == 64
    assert default_piece(1, 1) == 16384


def test_progress(model, tmp_path):
    seen: list[int] = []
    to(tmp_path / "x.zarr", model, progress=seen.append)
    assert sum(seen) == N
    seen.clear()
    to(tmp_path / "x.zarr", model, progress=seen.append, resume=True)
    assert sum(seen) == N


# -- stopped and resumed ------------------------------------------------------------------------

CHILD = """
import os, signal, sys
from pathlib import Path
import livingdrug as ld
from livingdrug.interop import journal
from livingdrug.interop.pieces import PIECE_FORMATS

path, how, piece, reduced, resume = Path(sys.argv[1]), *sys.argv[2:]
sort = PIECE_FORMATS[path.suffix]
write, add = sort.write, journal.Journal.add


def die():
    os.kill(os.getpid(), signal.SIGKILL)


def writing(self, number, first, ds):
    if how == "writing" and number == int(piece):
        # dies with some files of this piece there
        replace, calls = Path.replace, []

        def counting(source, target):
            calls.append(1)
            if len(calls) > 1 or path.suffix == ".parquet":
                die()
            return replace(source, target)

        Path.replace = counting
    write(self, number, first, ds)


def adding(self, record):
    if record.piece == int(piece):
        if how == "before the journal":
            die()
        if how == "in a line of the journal":
            self._stream.write(b'{"piece": 3, "digest": "')
            self._stream.flush()
            die()
    add(self, record)


sort.write, journal.Journal.add = writing, adding
if how == "before the manifest":
    sort.finish = lambda *_: die()
model = ld.get_model("kimmel2021")
options = dict(times=[0.0, 7.0, 14.0, 28.0, 60.0])
if reduced == "1":
    options = dict(times=[0.0, 60.0], reduce=ld.headline_reductions(model, 60.0))
ld.simulate_to(path, model, 23, seed=3, piece=5, resume=resume == "1", **options)
"""


def child(path: Path, how: str, piece: int, *, reduced: bool, resume: bool = False) -> int:
    words = [str(path), how, str(piece), str(int(reduced)), str(int(resume))]
    done = subprocess.run(
        [sys.executable, "-c", CHILD, *words],
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in (0, -signal.SIGKILL), done.stderr
    return done.returncode


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL belongs to POSIX")
@pytest.mark.parametrize("reduced", [False, True], ids=["course", "reduced"])
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_killed_run_goes_on_to_the_same_result(model, reduce, tmp_path, suffix, reduced):
    options = {"times": [0.0, 60.0], "reduce": reduce} if reduced else {}
    straight, path = tmp_path / f"straight{suffix}", tmp_path / f"x{suffix}"
    expected = to(straight, model, **options)
    stops = [
        ("in a line of the journal", 0),
        ("writing", 1),
        ("before the journal", 2),
        ("writing", 2),
        ("before the manifest", 0),
    ]
    for how, piece in stops:
        resume = path.exists()
        code = child(path, how, piece, reduced=reduced, resume=resume)
        assert code == -signal.SIGKILL, how
        assert len(read_journal(path).pieces) == (piece if how != "before the manifest" else 5)
    done = to(path, model, resume=True, **options)
    assert (done.digest, done.n_simulated) == (expected.digest, 0)
    assert content(path) == content(straight)
    for name in options.get("reduce", {}):
        assert np.array_equal(done.reductions[name], expected.reductions[name], equal_nan=True)
    assert done.manifest.method == expected.manifest.method
    assert done.manifest.tolerances == expected.manifest.tolerances
    if suffix == ".zarr" and not reduced:
        xr.testing.assert_identical(
            read_course(path).drop_attrs(deep=False), read_course(straight).drop_attrs(deep=False)
        )


def stop_at(monkeypatch, suffix: str, piece: int, error: BaseException) -> None:
    """Let the writing of a piece end with an error, once half of it is there."""
    sort = PIECE_FORMATS[suffix]
    write = sort.write

    def stopping(self, number, first, ds):
        write(self, number, first, ds)
        if number == piece:
            raise error

    monkeypatch.setattr(sort, "write", stopping)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_an_interrupt_leaves_finished_pieces_readable(model, whole, tmp_path, monkeypatch, suffix):
    path = tmp_path / f"x{suffix}"
    with monkeypatch.context() as patch:
        stop_at(patch, suffix, 3, KeyboardInterrupt())
        with pytest.raises(StreamInterrupted, match=r"15 of 23 subjects are finished.*resume"):
            to(path, model)
    assert not (path / PIECE_FORMATS[suffix].manifest_name).exists()
    if suffix == ".zarr":
        with xr.open_zarr(path) as ds:
            found = ds.load()
        # the fourth piece was there to the last array but one; its status came last, and is there
        finished = found["status"].values != PENDING
        assert finished[:15].all()
        assert not finished[20:].any()
        for name in ("B", "car_t_blood"):
            assert np.array_equal(found[name][:15], whole[name][:15])
            assert np.isnan(found[name][20:]).all()
    else:
        found = pd.read_parquet(path)
        assert set(range(15)) <= set(found["subject"])
        assert not {20, 21, 22} & set(found["subject"])
    with pytest.raises(OutputError, match=r"unfinished result \(15 of 23 subjects\).*--resume"):
        to(path, model)
    assert to(path, model, resume=True).n_simulated == 8


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_an_interrupt_before_the_first_piece_leaves_nothing(model, tmp_path, suffix):
    def stop(done: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt) as stopped:
        to(tmp_path / f"x{suffix}", model, progress=stop)
    assert not isinstance(stopped.value, StreamInterrupted)
    assert list(tmp_path.iterdir()) == []
    assert to(tmp_path / f"x{suffix}", model, resume=True).n_simulated == N


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("place", ["piece", "journal", "end"])
def test_a_full_disk_leaves_finished_pieces(model, tmp_path, monkeypatch, suffix, place):
    path = tmp_path / f"x{suffix}"
    full = OSError(errno.ENOSPC, "No space left on device")

    def fail(*_: object) -> None:
        raise full

    with monkeypatch.context() as patch:
        if place == "piece":
            stop_at(patch, suffix, 2, full)
        elif place == "end":
            patch.setattr(PIECE_FORMATS[suffix], "finish", fail)
        else:
            add = Journal.add
            patch.setattr(Journal, "add", lambda self, r: fail() if r.piece == 2 else add(self, r))
        done = 23 if place == "end" else 10
        with pytest.raises(OutputError, match=rf"No space left.*; {done} of 23 .*--resume"):
            to(path, model)
    assert len(read_journal(path).pieces) == (5 if place == "end" else 2)
    assert to(path, model, resume=True).n_simulated == 23 - done


FULL = """
import resource, sys
from pathlib import Path
import livingdrug as ld
from livingdrug.interop.pieces import PIECE_FORMATS

path = Path(sys.argv[1])
sort = PIECE_FORMATS[path.suffix]
write = sort.write


def writing(self, number, first, ds):
    if number == 2:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, resource.RLIM_INFINITY))
    write(self, number, first, ds)


sort.write = writing
from livingdrug.cli.app import run
run(["simulate", "kimmel2021", "--subjects", "15", "--piece-size", "5", "--days", "9", "--out",
     str(path)])
"""


@pytest.mark.skipif(sys.platform == "win32", reason="limits of file sizes belong to POSIX")
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_file_that_cannot_grow(tmp_path, suffix):
    """What the libraries raise, and not only what a test raises, is recognised."""
    path = tmp_path / f"x{suffix}"
    done = subprocess.run(
        [sys.executable, "-c", FULL, str(path)],
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 3, done.stderr
    assert done.stderr.startswith(f"livingdrug: x{suffix}: cannot be written: ")
    assert "10 of 15 subjects are finished and stay readable" in done.stderr
    assert len(read_journal(path).pieces) == 2


# -- refused ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"seed": 4}, "seed: 3 then, 4 now"),
        ({"piece": 6}, "subjects in a piece: 5 then, 6 now"),
        ({"times": [0.0, 7.0]}, "days: "),
        ({"rtol": 1e-7}, "rtol: 1e-06 then, 1e-07 now"),
        ({"method": "bdf"}, "method: not given then, bdf now"),
        ({"values": {"r_C": 0.3}}, "values: {} then, "),
        ({"covariates": {"age": 3.0}}, "covariates: "),
        ({"atol": {"B": 1e-3}}, "atol: not given then, "),
        ({"extinction": "off"}, "extinction: model then, off now"),
        ({"reduce": {"x": Reduction("maximum", "B")}}, "reduce: not given then, "),
    ],
)
def test_other_options_cannot_resume(model, tmp_path, monkeypatch, change, named):
    path = tmp_path / "x.zarr"
    with monkeypatch.context() as patch:
        stop_at(patch, ".zarr", 1, KeyboardInterrupt())
        with pytest.raises(KeyboardInterrupt):
            to(path, model)
    before = content(path)
    with pytest.raises(OptionError, match="cannot be resumed") as refused:
        to(path, model, resume=True, **change)
    assert named in str(refused.value)
    assert content(path) == before
    assert to(path, model, resume=True, threads=2).n_simulated == 18  # changes no result


def test_another_model_or_version_cannot_resume(model, tmp_path, monkeypatch):
    path = tmp_path / "x.parquet"
    to(path, model)
    changed = dataclasses.replace(model, parameters=(
        dataclasses.replace(model.parameters[0], value=model.parameters[0].value * 1.01),
        *model.parameters[1:],
    ))  # fmt: skip
    with pytest.raises(OptionError, match=r"values of the model: "):
        to(path, changed, resume=True)
    with pytest.raises(OptionError, match=r"variant: published then, quartile now"):
        to(path, ld.get_model("kimmel2021", "quartile"), resume=True)
    first, rest = (path / JOURNAL).read_text().split("\n", 1)
    plan = json.loads(first)
    plan["plan"]["version of livingdrug"] = "0.0.1"
    (path / JOURNAL).write_text(json.dumps(plan) + "\n" + rest)
    with pytest.raises(OptionError, match=r"version of livingdrug: 0\.0\.1 then, "):
        to(path, model, resume=True)


def test_another_engine_cannot_resume(model, tmp_path, monkeypatch):
    """As where the processor cannot run the engine that began."""
    path = tmp_path / "x.zarr"
    with monkeypatch.context() as patch:
        stop_at(patch, ".zarr", 1, KeyboardInterrupt())
        with pytest.raises(KeyboardInterrupt):
            to(path, model)
    simulate = pieces.simulate_piece

    def elsewhere(*arguments):
        ds, record, notes = simulate(*arguments)
        return ds, dataclasses.replace(record, engine="lsoda (reference backend)"), notes

    monkeypatch.setattr(pieces, "simulate_piece", elsewhere)
    with pytest.raises(OutputError, match=r"begun with rodas5p \(native backend\)"):
        to(path, model, resume=True)


def test_two_processes_at_once(model, tmp_path):
    path = tmp_path / "x.zarr"
    refusals = []

    def again(done: int) -> None:
        if path.exists() and not refusals:
            with pytest.raises(OutputError, match="another process") as refused:
                to(path, model, resume=True)
            refusals.append(str(refused.value))

    to(path, model, progress=again)
    assert len(refusals) == 1


def test_existing_results(model, tmp_path):
    path = tmp_path / "x.parquet"
    to(path, model)
    with pytest.raises(OutputError, match="exists; use --force"):
        to(path, model)
    assert to(path, model, seed=4, force=True).n_simulated == N
    assert to(path, model, seed=4, resume=True).n_simulated == 0
    with pytest.raises(OptionError, match="resume and force"):
        to(path, model, resume=True, force=True)
    (tmp_path / "y.zarr").write_text("a file")
    with pytest.raises(OutputError, match="is a file"):
        to(tmp_path / "y.zarr", model, force=True)
    (tmp_path / "z.zarr").mkdir()
    (tmp_path / "z.zarr" / "thesis.txt").write_text("")
    with pytest.raises(OutputError, match="other things"):
        to(tmp_path / "z.zarr", model, force=True)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_failed_request_leaves_the_old_result(model, tmp_path, suffix):
    path = tmp_path / f"x{suffix}"
    to(path, model)
    before = content(path)
    with pytest.raises(OptionError):
        to(path, model, force=True, max_steps=0)
    assert content(path) == before


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_finished_piece_that_is_gone(model, reduce, tmp_path, suffix):
    path = tmp_path / f"x{suffix}"
    to(path, model, times=[0.0, 60.0], reduce=reduce)
    (path / PIECE_FORMATS[suffix].manifest_name).unlink()
    victim = path / ("part-000001.parquet" if suffix == ".parquet" else "status/c/1")
    victim.unlink()
    with pytest.raises(DataError, match=r"though (it was|they were) finished"):
        to(path, model, times=[0.0, 60.0], reduce=reduce, resume=True)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"piece": 0}, "piece = 0"),
        ({"piece": 2.5}, "piece = 2.5"),
        ({"covariates": {"age": [1.0, 2.0]}}, r"covariate age: shape \(2,\), not \(23,\)"),
        ({"reduce": {}}, "reduce: is empty"),
        ({"reduce": {"x": Reduction("maximum", "Q")}}, "unknown quantity 'Q'"),
        ({"times": [3.0, 1.0]}, "increas"),
    ],
)
def test_what_is_refused_before_any_work(model, tmp_path, options, message):
    with pytest.raises((OptionError, DataError), match=message):
        to(tmp_path / "x.zarr", model, **options)
    with pytest.raises(OptionError, match=r"x.csv: a result in pieces is written as"):
        to(tmp_path / "x.csv", model)
    assert list(tmp_path.iterdir()) == []


def test_a_journal_that_is_none(tmp_path):
    with pytest.raises(DataError, match="holds no journal"):
        read_journal(tmp_path)
    for text in ("", "{}\n", "x\n", '{"schema": "livingdrug.pieces", "schema_version": "9"}\n'):
        (tmp_path / JOURNAL).write_text(text)
        with pytest.raises(DataError, match="is not the journal"):
            read_journal(tmp_path)


def test_formats_agree_on_what_they_offer():
    for sort in (ParquetPieces, ZarrPieces):
        assert sort in PIECE_FORMATS.values()
