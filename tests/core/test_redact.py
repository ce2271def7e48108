from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from livingdrug.core.redact import portable_arguments, portable_path, without_paths


@pytest.mark.parametrize(
    ("path", "base", "expected"),
    [
        ("/home/ada/trial/data/x.csv", "/home/ada/trial", "data/x.csv"),
        ("/home/ada/other/x.csv", "/home/ada/trial", "x.csv"),
        ("/home/ada/trial2/x.csv", "/home/ada/trial", "x.csv"),
        ("/home/ada/trial", "/home/ada/trial", "."),
        ("/home/ada/x.csv", None, "x.csv"),
        ("/home/ada", None, "~"),
        ("/home/ada/", None, "~"),
        ("/Users/ada", None, "~"),
        ("C:\\Users\\ada\\x.csv", None, "x.csv"),
        ("C:\\Users\\ada", None, "~"),
        ("\\\\server\\share\\x.csv", None, "x.csv"),
        ("~ada/x.csv", None, "x.csv"),
        ("~ada", None, "~"),
        ("../ada/x.csv", None, "x.csv"),
        ("..", None, "~"),
        ("data/x.csv", None, "data/x.csv"),
        ("./x.csv", None, "./x.csv"),
        ("file:///home/ada/x.csv", None, "x.csv"),
    ],
)
def test_portable_path(path, base, expected):
    assert portable_path(path, base) == expected


def test_home_folder_anywhere_is_a_tilde(monkeypatch):
    monkeypatch.setenv("HOME", "/srv/accounts/zebra")
    assert portable_path(Path("/srv/accounts/zebra")) == "~"
    assert without_paths("in /srv/accounts/zebra now") == "in ~ now"


def test_relative_path_is_taken_from_the_working_folder(tmp_path, monkeypatch):
    (tmp_path / "a" / "b").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "a" / "b")
    assert portable_path("../x.csv", tmp_path) == "a/x.csv"
    assert portable_path("x.csv", tmp_path) == "a/b/x.csv"


@pytest.mark.parametrize(
    ("argument", "expected"),
    [
        ("/home/ada/my data/x.csv", "x.csv"),
        ("--out=/home/ada/my data/x.csv", "--out=x.csv"),
        ("--out=../ada/x.csv", "--out=x.csv"),
        ("--out=runs/x.csv", "--out=runs/x.csv"),
        ("--study", "--study"),
        ("dose=1e8 cell", "dose=1e8 cell"),
        ("rho=0.2 1/day", "rho=0.2 1/day"),
        ("car_t:/home/ada/x.csv", "car_t:x.csv"),
        ("{'file': '/home/ada/x y.csv'}", "{'file': 'x y.csv'}"),
        ("https://example.org/a/b.csv", "https://example.org/a/b.csv"),
    ],
)
def test_arguments(argument, expected):
    assert portable_arguments(["/usr/bin/livingdrug", argument]) == ("livingdrug", expected)


@pytest.mark.parametrize(
    "text",
    [
        "3 cell/uL and 2 copies/ug per 1/day",
        "a / b / c",
        "and/or",
        "https://doi.org/10.1098/rspb.2021.0229",
        "doi:10.1098/rspb.2021.0229",
        "about ~10/20/30 people",
        "n = 3; 5/day",
        "model a -> b, rate k*a/(b + c)/d",
    ],
)
def test_texts_without_paths_stay_as_they_are(text):
    assert without_paths(text) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("cannot read /home/ada/x.csv: gone", "cannot read x.csv: gone"),
        ('cannot read "/home/ada l/x.csv"', 'cannot read "x.csv"'),
        ("(/home/ada/x.csv)", "(x.csv)"),
        ("from=/home/ada/x.csv", "from=x.csv"),
        ("at ~ada/x.csv", "at x.csv"),
        ("at ../../ada/x.csv", "at x.csv"),
        ("at C:\\Users\\ada\\x.csv, row 3", "at x.csv, row 3"),
        ("file:///home/ada/x.csv", "x.csv"),
        ("file://host7/home/ada/x.csv", "x.csv"),
        ("/home/ada", "~"),
    ],
)
def test_paths_in_texts_become_names(text, expected):
    assert without_paths(text) == expected


words = st.from_regex(r"[a-z][a-z0-9_-]{0,8}", fullmatch=True)


@given(st.lists(words, min_size=1, max_size=4), words, st.sampled_from(["", "'", '"']), words)
def test_no_folder_of_an_absolute_path_survives(folders, name, quote, word):
    path = "/" + "/".join([f"zebra{folder}" for folder in folders] + [f"{name}.csv"])
    for text in (f"{word} {quote}{path}{quote} {word}", f"{quote}{path}{quote}"):
        cleaned = without_paths(text)
        assert "zebra" not in cleaned
        assert f"{name}.csv" in cleaned
        assert without_paths(cleaned) == cleaned
    assert portable_arguments(["x", path, f"--{word}={path}"])[1:] == (
        f"{name}.csv",
        f"--{word}={name}.csv",
    )
