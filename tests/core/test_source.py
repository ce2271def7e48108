import dataclasses

import pytest

from livingdrug.core.source import Origin, Source

FULL = Source(
    doi="10.1002/psp4.12388",
    authors=("Stein, Andrew M.", "Grupp, Stephan A.", "Levine, John E."),
    year=2019,
    title="Tisagenlecleucel model-based cellular kinetic analysis",
    journal="CPT: Pharmacometrics & Systems Pharmacology",
    volume="8",
    pages="285-295",
)
MINIMAL = Source(doi="10.1/x", authors=("O'Brien, A.", "Two, B."), year=2020, title="T")


def test_key_is_family_name_and_year_in_plain_letters():
    assert FULL.key == "stein2019"
    assert MINIMAL.key == "obrien2020"


def test_citation_of_many_two_and_one_author():
    assert FULL.citation() == (
        "Stein et al. (2019). Tisagenlecleucel model-based cellular kinetic analysis. "
        "CPT: Pharmacometrics & Systems Pharmacology 8:285-295. doi:10.1002/psp4.12388"
    )
    assert MINIMAL.citation() == "O'Brien and Two (2020). T. doi:10.1/x"
    assert dataclasses.replace(MINIMAL, doi="").citation() == "O'Brien and Two (2020). T."
    single = dataclasses.replace(MINIMAL, authors=("Two, B.",))
    assert single.citation().startswith("Two (2020). ")


def test_bibtex_holds_given_fields_and_no_empty_ones():
    text = FULL.bibtex()
    assert text.startswith("@article{stein2019,\n")
    assert text.endswith("}")
    assert text.count("{") == text.count("}")
    assert "author = {Stein, Andrew M. and Grupp, Stephan A. and Levine, John E.}" in text
    assert "pages = {285--295}" in text
    assert "journal" not in MINIMAL.bibtex()
    assert "volume" not in MINIMAL.bibtex()


def test_sources_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        FULL.year = 2020


def test_origins_are_distinct_words():
    assert len({origin.value for origin in Origin}) == len(Origin) == 6
    assert Origin("assumed") is Origin.ASSUMED


def test_a_source_without_a_year_says_so():
    source = Source(doi="", authors=("Somebody",), year=0, title="A repository")
    assert source.citation() == "Somebody (no year). A repository."
