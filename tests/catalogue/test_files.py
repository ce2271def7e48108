"""Models in files of one's own, and models that other packages bring."""

from __future__ import annotations

import importlib.metadata
import sys
import textwrap
import types

import pytest

import livingdrug as ld
from livingdrug.catalogue import index
from livingdrug.catalogue.load import OWN_SOURCE, load_file
from livingdrug.catalogue.places import GROUP, find_places, forget_places
from livingdrug.catalogue.scaffold import clean_doi, scaffold
from livingdrug.core.errors import (
    CapabilityError,
    DataError,
    ModelError,
    OptionError,
    UnknownNameError,
)

PLAIN = """
import livingdrug as ld
m = ld.ModelBuilder("mine", organism="mouse")
m.species("C", initial=2.0, unit="cell", at="chosen")
m.parameter("k", 0.5, "1/day", at="chosen")
m.reaction("loss", "C ->", rate="k * C")
"""


@pytest.fixture
def write(tmp_path):
    def call(text, name="mine.py"):
        path = tmp_path / name
        path.write_text(textwrap.dedent(text), encoding="utf-8")
        return path

    return call


@pytest.mark.parametrize(
    "end",
    [
        "model = m.build()",
        "def model():\n    return m.build()",
        "def model(variant):\n    return m.build()",
        "from livingdrug.catalogue.entry import published\n"
        "SOURCE = ld.Source('', ('A, B.',), 2020, 'T')\n"
        "@published(source=SOURCE, variants={'x': 'y'})\ndef model(variant):\n    return m.build()",
    ],
)
def test_every_form_of_a_file_gives_the_model(write, end):
    path = write(PLAIN + end)
    for name in (path, str(path)):
        model = ld.get_model(name)
        assert (model.id, model.status) == ("mine", "draft")
        assert model.species[0].initial == 2.0
    assert index.get_entry(path).owner == str(path)


def test_a_file_is_read_again_and_never_kept(write):
    path = write(PLAIN + "model = m.build()")
    assert ld.get_model(path).parameter("k").value == 0.5
    # of the same length and, on a coarse clock, of the same time
    write((PLAIN + "model = m.build()").replace("0.5", "0.7"))
    assert ld.get_model(path).parameter("k").value == 0.7
    assert "mine" not in ld.list_models()
    with pytest.raises(UnknownNameError):
        ld.get_model("mine")


def test_a_file_with_the_name_of_an_entry_does_not_replace_it(write):
    path = write(PLAIN + "model = m.build()", "kimmel2021.py")
    assert ld.get_model(path).organism == "mouse"
    assert ld.get_model("kimmel2021").organism == "human"


def test_nothing_is_written_beside_a_file(write, tmp_path):
    load_file(write(PLAIN + "model = m.build()"))
    assert [path.name for path in tmp_path.iterdir()] == ["mine.py"]


def test_a_model_without_a_source_cites_nothing(write):
    assert load_file(write(PLAIN + "model = m.build()")).published.source is OWN_SOURCE


def test_a_function_in_a_file_has_the_status_of_its_text(write):
    text = """
    from livingdrug.catalogue.function import (
        Argument, ClosedForm, Formula, Output, published_function)
    from livingdrug.core.source import Source
    SOURCE = Source("", ("A, B.",), 2020, "T")

    @published_function(source=SOURCE, variants={"v": "w"})
    def function(variant):
        return ClosedForm("mine", "t", "human", "p", SOURCE, variant, (Argument("x", "1"),),
            (Output("y", "1"),), (), (Formula("y", "2 x", "Eq. 1"),),
            lambda a, p: {"y": 2 * a["x"]})
    """
    first = ld.get_function(write(text))
    second = ld.get_function(write(text.replace("2 * a", "3 * a")))
    assert first.evidence_hash != second.evidence_hash
    assert len(first.digest) == 64
    with pytest.warns(ld.core.errors.DraftModelWarning):
        assert float(second(x=2.0)["y"]) == 6.0


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ("x = 1", ModelError, "defines neither `model` nor `function`; end the file"),
        ("model = 3", ModelError, "`model` is a int"),
        (PLAIN + "model = m", ModelError, "is a ModelBuilder; write `model = m.build"),
        ("x =", ModelError, "mine.py, line 1: is not Python"),
        ("a = 1\nb = a / 0", ModelError, "mine.py, line 2: running the file failed with ZeroDiv"),
        ("import sys\nsys.exit(3)", ModelError, "line 2: running the file failed with SystemExit"),
        (PLAIN + "model = m.build()\nREADOUTS = 3", ModelError, "READOUTS must be a tuple of Read"),
        (PLAIN + "model = m.build()\nREADOUTS = (3,)", ModelError, r"READOUTS\[0\] is a int"),
    ],
)
def test_what_is_no_model_is_one_sentence(write, text, error, message):
    with pytest.raises(error, match=message):
        load_file(write(text))


def test_a_builder_that_returns_something_else(write):
    with pytest.raises(ModelError, match="returned a NoneType, not a Model"):
        ld.get_model(write("def model():\n    pass"))


def test_paths_that_lead_nowhere(tmp_path, monkeypatch):
    with pytest.raises(DataError, match="no such file; 'livingdrug models new'"):
        ld.get_model("absent.py")
    with pytest.raises(DataError, match="is a folder"):
        ld.get_model(f"{tmp_path}/")
    (tmp_path / "bytes.py").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DataError, match="cannot be read as text"):
        ld.get_model(tmp_path / "bytes.py")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.py").write_text("")
    with pytest.raises(UnknownNameError, match=r"named with its suffix, mine\.py"):
        ld.get_model("mine")
    (tmp_path / "a.omex").write_bytes(b"PK")
    with pytest.raises(UnknownNameError, match=r"a\.omex is a file, but of no model.*\.xml"):
        ld.get_model("a.omex")


# -- plug-ins -------------------------------------------------------------------------------------


class Distribution:
    """Enough of an installed distribution."""

    def __init__(self, name):
        self.name = name


@pytest.fixture
def install(monkeypatch):
    """Install distributions that offer models, for one test."""

    def call(*offers):
        points = []
        for package, name, value, content in offers:
            module = types.ModuleType(value.partition(":")[0])
            if content is None:
                monkeypatch.setitem(sys.modules, module.__name__, None)  # importing it fails
            else:
                exec(textwrap.dedent(content), module.__dict__)
                monkeypatch.setitem(sys.modules, module.__name__, module)
            point = importlib.metadata.EntryPoint(name, value, GROUP)
            vars(point).update(dist=Distribution(package))
            points.append(point)
        monkeypatch.setattr(
            importlib.metadata, "entry_points", lambda group: points if group == GROUP else []
        )
        forget_places()

    yield call
    monkeypatch.undo()
    forget_places()


def test_a_plug_in_is_listed_and_loaded(install):
    install(("acme", "mine", "acme_models.mine", PLAIN + "model = m.build()"))
    assert "mine" in ld.list_models()
    assert "mine" not in ld.list_functions()
    assert ld.get_model("mine").organism == "mouse"
    entry = index.get_entry("mine")
    assert (entry.field, entry.owner) == ("plug-in", "the package acme")
    assert index.get_entry("mine") is entry


def test_a_plug_in_may_name_an_attribute(install):
    install(("acme", "mine", "acme_models.two:second", PLAIN + "second = m.build()"))
    assert ld.get_model("mine").organism == "mouse"


def test_an_id_that_two_offer_is_refused_naming_both(install):
    install(("acme", "kimmel2021", "acme_models.kimmel", PLAIN + "model = m.build()"))
    both = r"model kimmel2021: two offer this id: livingdrug \(livingdrug\.catalogue\.car_t.*and "
    both += r"the package acme \(acme_models\.kimmel\)"
    for ask in (ld.list_models, index.list_entries, lambda: ld.get_model("kimmel2021")):
        with pytest.raises(ModelError, match=both):
            ask()
    assert ld.get_model("stein2019").id == "stein2019"  # what is not in doubt still works


def test_two_plug_ins_with_one_id(install):
    text = PLAIN + "model = m.build()"
    install(("acme", "mine", "acme_models", text), ("bolt", "mine", "bolt_models", text))
    with pytest.raises(ModelError, match=r"the package acme .* and the package bolt"):
        ld.get_model("mine")


def test_a_broken_plug_in_is_named(install):
    install(("acme", "mine", "acme_models.broken", None))
    with pytest.raises(CapabilityError, match="mine: the package acme offers it as acme_models"):
        ld.get_model("mine")


def test_the_folders_of_this_package_are_found_without_running_a_file():
    places, doubled = find_places()
    assert doubled == {}
    assert places["kimmel2021"].field == "car_t"
    assert list(places) == sorted(places)


# -- the scaffold ---------------------------------------------------------------------------------


def test_a_scaffold_loads_and_simulates(write):
    path = write(scaffold("smith2026_x", "https://doi.org/10.1000/x.1"), "smith2026_x.py")
    entry = load_file(path)
    assert (entry.id, entry.missing) == ("smith2026_x", ())
    assert (entry.published.source.doi, entry.published.source.year) == ("10.1000/x.1", 2026)
    model = ld.get_model(path)
    with pytest.warns(ld.core.errors.DraftModelWarning):
        course = ld.simulate(model, times=[0, 7])
    (readout,) = entry.readouts
    assert readout.agrees(float(course["car_t_cells"][0, 1]))


@pytest.mark.parametrize("doi", ["", "x", "10.1/abc", "10.1000/", '10.1000/a"b', "10.1000/a b"])
def test_a_doi_that_is_none_is_refused(doi):
    with pytest.raises(OptionError, match="is not a DOI"):
        scaffold("smith2026", doi)


@pytest.mark.parametrize("name", ["", "9a", "A", "a-b", "a b", "../a", "a.py"])
def test_an_id_that_is_none_is_refused(name):
    with pytest.raises(OptionError, match="cannot be an id"):
        scaffold(name, "10.1000/x")


def test_resolvers_are_taken_off():
    for text in ("doi:10.1/x", "https://doi.org/10.1/x", "http://dx.doi.org/10.1/x", " 10.1/x "):
        assert clean_doi(text) == "10.1/x"
