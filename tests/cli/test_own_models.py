"""Finding models, and files of one's own on the command line."""

from __future__ import annotations

import json

import pytest

import livingdrug as ld
from livingdrug.catalogue.places import Place
from livingdrug.catalogue.scaffold import scaffold
from livingdrug.core.errors import Issue
from livingdrug.qc.facts import CELLS, facts_of, known_cells

OWN = """
import livingdrug as ld
m = ld.ModelBuilder("mine", title="A model of my own", dimensions="off")
m.species("C", initial=1.0, unit="cell")
m.parameter("k", 0.1, "1/day", iiv=ld.IIV.cv(0.2))
m.rate("C", "k * C")
model = m.build()
"""


@pytest.fixture
def own(folder):
    (folder / "mine.py").write_text(OWN, encoding="utf-8")
    return folder / "mine.py"


# -- list and search ------------------------------------------------------------------------------


def ids(done):
    assert done.code == 0, done
    return {row["id"] for row in done.json}


def test_list_is_filtered(livingdrug):
    every = {row["id"]: row for row in livingdrug("models list --json").json}
    nk = ids(livingdrug("models list --cells nk --json"))
    assert {"depillis2005", "hoffman2018"} <= nk
    assert "kimmel2021" not in nk
    assert ids(livingdrug("models list --cells CAR-T --json")) >= {"kimmel2021", "stein2019"}
    assert ids(livingdrug("models list --disease myeloma --json")) >= {"singh2021"}
    assert "stein2019" not in ids(livingdrug("models list --disease myeloma --json"))
    toci = ids(livingdrug("models list --endpoint tocilizumab_serum --json"))
    assert {"frey2010", "dwivedi2014"} <= toci
    assert "kimmel2021" not in toci
    few = ids(livingdrug("models list --max-states 3 --json"))
    assert few == {name for name, row in every.items() if row["states"] <= 3}
    jumps = ids(livingdrug("models list --stochastic --json"))
    assert jumps == {name for name, row in every.items() if row["stochastic"] != "no"}
    assert "leontriana2020" in jumps
    assert "stein2019" not in jumps
    both = ids(livingdrug("models list --cells car_t --max-states 3 --stochastic --json"))
    assert both == jumps & few & ids(livingdrug("models list --cells CAR-T --json"))


def test_a_filter_that_fits_nothing_says_so(livingdrug):
    done = livingdrug("models list --disease 'no such disease'")
    assert (done.code, done.out) == (0, "none; 'livingdrug models list' shows all\n")


def test_filters_that_name_nothing_are_refused(refused):
    refused("models list --cells platelet", "unknown kind of cell 'platelet'")
    refused("models list --endpoint tumour", "unknown endpoint 'tumour'", "tumor")
    refused("models list --max-states many", "many")


@pytest.mark.parametrize(
    ("text", "expected", "place"),
    [
        ("kimmel2021", "kimmel2021", "id"),
        ("Stein", "stein2019", "authors"),
        ("10.1016/j.cnsns.2020.105570", "leontriana2020", "doi"),
        ("https://doi.org/10.1016/j.cnsns.2020.105570", "leontriana2020", "doi"),
        ("tocilizumab_serum", "frey2010", "terms"),
        ("zuma-1", "kimmel2021", "population"),
        ("predator prey", "leontriana2020", "description"),
    ],
)
def test_search(livingdrug, text, expected, place):
    done = livingdrug(f"models search '{text}' --json")
    assert place in {row["id"]: row["found_in"] for row in done.json}[expected]


def test_search_needs_every_word(livingdrug):
    assert livingdrug("models search 'stein nosuchword'").out.startswith("none;")
    assert "found in" in livingdrug("models search stein").out


def test_a_broken_plug_in_does_not_hide_the_others(livingdrug, monkeypatch):
    from livingdrug.catalogue import places

    found, _ = places.find_places()
    broken = Place("mine", "plug-in", "no_such_module", "", "the package acme")
    doubled = {"stein2019": Issue("error", "model stein2019", "two offer this id: a and b")}
    both = ({**found, "mine": broken}, doubled)
    for module in ("places", "index"):
        monkeypatch.setattr(f"livingdrug.catalogue.{module}.find_places", lambda: both)
    done = livingdrug("models list")
    assert done.code == 0
    assert "kimmel2021" in done.out
    assert "the package acme offers it" in done.err
    assert "two offer this id" in done.err


def test_cells_are_found_in_any_spelling():
    assert known_cells("car t") == known_cells("CAR_T") == "CAR-T"
    assert [known_cells(name) for name in CELLS] == list(CELLS)
    from livingdrug.catalogue.index import get_entry

    assert facts_of(get_entry("varela2025")).cells == ()  # fludarabine, before there are cells
    assert facts_of(get_entry("kimmel2021")).cells == ("CAR-T", "T", "tumor")
    assert facts_of(get_entry("kimmel2021"), jumps=False).counted == ()


# -- files ----------------------------------------------------------------------------------------


def test_simulate_a_file(livingdrug, own, folder):
    done = livingdrug("simulate mine.py --days 30 --out c.csv")
    assert done.code == 0, done
    assert done.out.startswith("A model of my own\nmodel mine, status: draft;")
    assert "mine is a draft" in done.out
    manifest = json.loads((folder / "c.csv.manifest.json").read_text())
    assert [item["name"] for item in manifest["inputs"]] == ["mine.py"]
    assert livingdrug("rerun c.csv").code == 0
    own.write_text(OWN.replace("0.1", "0.2"))
    changed = livingdrug("rerun c.csv")
    assert changed.code == 2
    assert "mine.py: the input has changed since the run" in changed.err


def test_a_manifest_of_a_file_elsewhere_holds_no_path(livingdrug, own, folder, monkeypatch):
    (folder / "run").mkdir()
    monkeypatch.chdir(folder / "run")
    assert livingdrug(f"simulate {own} --days 5 --out c.csv").code == 0
    text = (folder / "run" / "c.csv.manifest.json").read_text()
    assert str(folder) not in text
    assert "copy it there" in livingdrug("rerun c.csv").err
    (folder / "run" / "mine.py").write_text(OWN, encoding="utf-8")
    assert livingdrug("rerun c.csv").code == 0


def test_a_file_in_pieces_is_recorded_and_repeated(livingdrug, own, folder):
    assert livingdrug("simulate mine.py --subjects 4 --reduce --out p.parquet").code == 0
    manifest = json.loads((folder / "p.parquet" / "_manifest.json").read_text())
    assert [item["name"] for item in manifest["inputs"]] == ["mine.py"]
    assert livingdrug("rerun p.parquet").code == 0


def test_show_and_cite_a_file(livingdrug, own):
    done = livingdrug("models show mine.py")
    assert done.code == 0
    assert "dC/dt = k * C" in done.out
    assert "Deviations" not in done.out
    assert json.loads(livingdrug("models show ./mine.py --json").out)["id"] == "mine"
    assert livingdrug("citation mine.py --json").json == []


def test_compare_takes_files(livingdrug, folder):
    text = scaffold("smith2026_x", "10.1000/x")
    (folder / "smith2026_x.py").write_text(text)
    for name in ("smith2026_x.py", "smith2026_x.py:published"):
        done = livingdrug(f"compare {name} --vary dose=1,2 --json")
        assert done.code == 0, done
        peak = next(row for row in done.json if row["outcome"] == "peak")
        assert peak["values"][1] == pytest.approx(2 * peak["values"][0], rel=1e-6)


def test_what_is_wrong_with_a_file_is_one_message(refused, folder):
    refused("simulate absent.py", "no such file")
    (folder / "bad.py").write_text("x = 1 / 0")
    refused("simulate bad.py", "bad.py, line 1: running the file failed with ZeroDivisionError")
    refused("models show bad.py", "line 1")


# -- check, verify, new ---------------------------------------------------------------------------


def test_check_and_verify_say_what_is_missing(livingdrug, own):
    for command, end in (("check", ""), ("verify", "; its read-outs were not run")):
        done = livingdrug(f"models {command} mine.py")
        assert (done.code, done.err) == (2, "")
        assert done.out.startswith("mine.py: 8 to mend")
        assert end in done.out.splitlines()[0]
        for text in ("has no READOUTS", "organism is empty", "variability of k: origin"):
            assert text in done.out
    found = livingdrug("models check mine.py --json").json
    assert found[0]["complete"] is False
    assert {issue["level"] for issue in found[0]["issues"]} == {"error", "warning"}
    row = livingdrug("models verify mine.py --json").json[0]
    assert row["passed"] is False
    assert len(row["issues"]) == 8


def test_a_complete_entry_is_checked_and_verified(livingdrug):
    done = livingdrug("models check kimmel2021")
    assert (done.code, done.out) == (0, "kimmel2021: complete\n")


def test_new_then_filled_in_verifies(livingdrug, folder):
    done = livingdrug("models new --doi https://doi.org/10.1000/x.1 --id smith2026_x")
    assert (done.code, done.err) == (0, "")
    path = folder / "smith2026_x.py"
    assert livingdrug("models check smith2026_x.py").code == 2
    path.write_text(path.read_text().replace("TODO: ", ""))
    assert livingdrug("models check smith2026_x.py").out == "smith2026_x.py: complete\n"
    done = livingdrug("models verify smith2026_x.py")
    assert done.code == 0
    assert "passed; 1 of 1 read-outs, 1 of 1 printed equations" in done.out
    path.write_text(path.read_text().replace("0.497,", "0.52,"))
    assert livingdrug("models verify smith2026_x.py").code == 2


def test_new_replaces_nothing(livingdrug, refused, folder):
    (folder / "sub").mkdir()
    assert livingdrug("models new --doi 10.1000/x --id smith2026 --folder sub").code == 0
    refused("models new --doi 10.1000/x --id smith2026 --folder sub", "is never replaced")
    refused("models new --doi 10.1000/x --id kimmel2021", "'kimmel2021' is taken by livingdrug")
    refused("models new --doi x --id 9", "2 problems", "cannot be an id", "is not a DOI")
    refused("models new --doi 10.1000/x --id a2026 --folder no", "does not exist")


def test_python_takes_paths_too(own):
    with pytest.warns(ld.core.errors.DraftModelWarning):
        ld.simulate(ld.get_model(own), times=[0, 1])
