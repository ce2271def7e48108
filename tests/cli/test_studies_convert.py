"""``studies convert`` and ``study check`` of NONMEM-type tables."""

import json

import pytest

from livingdrug.cli.app import run


@pytest.fixture
def command(capsys):
    def call(*words):
        with pytest.raises(SystemExit) as done:
            run([str(word) for word in words])
        return (done.value.code or 0, *capsys.readouterr())

    return call


TABLE = "ID,TIME,AMT,EVID,CMT,DV,WT\n1,0,1e6,1,2,.,70\n1,7,.,0,1,2,70\n1,9,.,0,1,1000,70\n"
ABOUT = 'term="car_t_blood"\nunit="cell/uL"\ncarry="backward"\n[dose_names]\n2="car_t"\n'
ABOUT += '[covariates]\nWT="kg"\n'


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "events.csv"
    path.write_text(TABLE, encoding="utf-8")
    path.with_suffix(".toml").write_text(ABOUT, encoding="utf-8")
    return path


def test_a_table_is_written_unchanged(command, table, tmp_path):
    assert command("study", "check", table)[0] == 0
    assert command("study", "convert", table, tmp_path / "again.csv", "--to", "same")[0] == 0
    assert (tmp_path / "again.csv").read_bytes() == table.read_bytes()


@pytest.mark.parametrize("form", ["tidy", "nonmem", "adam"])
def test_every_form_is_read_again(command, table, tmp_path, form):
    target = tmp_path / ("made.csv" if form == "nonmem" else "made")
    code, out, _ = command("studies", "convert", table, target, "--to", form, "--json")
    assert code == 0
    assert json.loads(out)["form"] == form
    code, *_ = command("studies", "convert", target, tmp_path / "tidy", "--to", "tidy")
    assert code == 0
    lines = (tmp_path / "tidy" / "observations.csv").read_text(encoding="utf-8").splitlines()
    assert [line.split(",")[:4] for line in lines[1:]] == [
        ["7.0", "car_t_blood", "2.0", "cell/uL"],
        ["9.0", "car_t_blood", "1000.0", "cell/uL"],
    ]
    assert command("studies", "convert", table, target, "--to", form)[0] == 2  # it exists


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("1000", "many", "row 4, column DV"),
        ("1,9,", "1,3,", "row 4, column TIME"),
        (",1,2,.", ",1,5,.", "row 2, column CMT"),
    ],
)
def test_bad_tables_end_with_2_and_name_row_and_column(command, table, old, new, words):
    table.write_text(TABLE.replace(old, new), encoding="utf-8")
    code, out, _ = command("study", "check", table)
    assert code == 2
    assert out.count("error:") == 1
    assert words in out


@pytest.mark.parametrize(
    ("about", "words"),
    [
        ("trem = 'x'", "did you mean 'term'"),
        ("term = 3", "is no str or dict"),
        ("term = ", "cannot be read"),
        (ABOUT.replace("cell/uL", "zork"), "events.toml, unit 'zork' is not a unit"),
        (ABOUT.replace("backward", "up"), "events.toml, carry 'up' is not a rule"),
        ('ignore = "(DV>8)"\n' + ABOUT, "events.toml, ignore"),
        ('time_unit = "mg"\n' + ABOUT, "events.toml, time_unit"),
    ],
)
def test_bad_descriptions(command, table, about, words):
    table.with_suffix(".toml").write_text(about, encoding="utf-8")
    code, out, _ = command("study", "check", table)
    assert code == 2
    assert words in " ".join(out.split())


RESETS = TABLE + "1,0,5,4,2,.,70\n1,7,.,0,1,3,70\n"


def test_a_table_with_resets_is_checked_drawn_and_converted(command, table, tmp_path):
    table.write_text(RESETS, encoding="utf-8")
    made, again = tmp_path / "n.csv", tmp_path / "m.csv"
    code, out, _ = command("study", "check", table)
    assert (code, "0 errors, 0 warnings" in out) == (0, True)
    assert command("study", "plot", table, tmp_path / "t.png")[0] == 0
    assert command("study", "convert", table, made, "--to", "nonmem")[0] == 0
    assert command("study", "convert", made, again, "--to", "nonmem")[0] == 0
    assert made.read_bytes() == again.read_bytes()
    for form in ("tidy", "adam"):
        code, _, err = command("study", "convert", table, tmp_path / form, "--to", form)
        assert (code, "falls at a reset" in " ".join(err.split())) == (2, True)
        assert not (tmp_path / form).exists()


def test_a_tidy_table_and_a_folder_are_written_unchanged(command, tmp_path):
    source = tmp_path / "own.csv"
    source.write_bytes(b"subject;time;term;value;unit;seen by\r\na;0;x;5.0;1;me\r\n")
    assert command("study", "convert", source, tmp_path / "again.csv", "--to", "same")[0] == 0
    assert (tmp_path / "again.csv").read_bytes() == source.read_bytes()
    assert command("study", "example", tmp_path / "ward")[0] == 0
    assert command("study", "convert", tmp_path / "ward", tmp_path / "same", "--to", "same")[0] == 0
    for path in (tmp_path / "ward").iterdir():
        assert (tmp_path / "same" / path.name).read_bytes() == path.read_bytes()
    again = ("study", "convert", tmp_path / "ward", tmp_path / "same", "--to", "same")
    code, _, err = command(*again)
    assert (code, "not replaced even with --force" in " ".join(err.split())) == (2, True)
    code, _, err = command("study", "convert", tmp_path / "ward", tmp_path / "f", "--to", "adam")
    assert (code, "has no place for: interventions" in " ".join(err.split())) == (0, True)


def test_pooled_values_and_unknown_forms(command, tmp_path):
    code, _, err = command("studies", "convert", "zuma1", tmp_path / "z", "--to", "adam")
    assert code == 2
    assert "pooled values only" in err
    code, _, err = command("studies", "convert", "zuma1", tmp_path / "z", "--to", "sas")
    assert code == 2
    assert "tidy, nonmem, adam, same" in err
    assert not list(tmp_path.iterdir())
