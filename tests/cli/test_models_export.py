"""``livingdrug models export``."""

import pytest

import livingdrug as ld


@pytest.mark.parametrize("name", ["m.xml", "m.sbml", "m.omex"])
def test_a_model_is_written(livingdrug, tmp_path, name):
    done = livingdrug(f"models export stein2019 --to {tmp_path / name}")
    assert (done.code, done.err) == (0, "")
    assert "written:" in done.out
    again = livingdrug(f"models export stein2019 --to {tmp_path / name}")
    assert again.code == 2
    assert "--force" in again.err
    forced = livingdrug(f"models export stein2019 --to {tmp_path / name} --force --json")
    assert forced.code == 0
    assert forced.json["math_hash"] == ld.get_model("stein2019").math_hash


def test_what_was_written_is_simulated(livingdrug, tmp_path):
    livingdrug(f"models export reference --to {tmp_path / 'r.xml'} --dose 1e8")
    done = livingdrug(f"simulate {tmp_path / 'r.xml'} --days 30 --json")
    assert done.code == 0, done.err


def test_doses_at_their_times_and_of_one_subject(livingdrug, tmp_path):
    words = "--dose tocilizumab=560@0+0.0417 --dose tocilizumab=400@14 --set weight=80"
    done = livingdrug(f"models export frey2010 --to {tmp_path / 'f.xml'} {words} --json")
    assert (done.code, done.json["doses"]) == (0, 2)
    back = ld.read_sbml(tmp_path / "f.xml")
    names = [event.name for event in back.events]
    assert names == ["dose_1_tocilizumab_end", "dose_1_tocilizumab", "dose_2_tocilizumab"]
    assert back.parameter("duration_1_tocilizumab").value == 0.0417
    bare = livingdrug(f"models export frey2010 --to {tmp_path / 'bare.xml'} --dose 560")
    assert "doses: 1" in bare.out  # of its only dose


def test_the_doses_of_the_read_outs_of_a_model(livingdrug, tmp_path):
    file = tmp_path / "v.omex"
    done = livingdrug(
        f"models export varela2025 --to {file} --dose reference --days 14 --points 15"
    )
    assert done.code == 0, done.err
    assert "doses: 3" in done.out
    none = livingdrug(f"models export varela2025 --to {tmp_path / 'v.xml'}")
    assert "doses: none; --dose gives some" in none.out


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("models export stein2019 --to m.txt", ".xml, .sbml, .ant, .omex"),
        ("models export stein209 --to m.xml", "stein2019"),
        ("models export stein2019 --to m.xml --dose 5", "has no dose"),
        ("models export stein2019 --to m.xml --dose reference", "states no doses"),
        ("models export frey2010 --to m.xml --dose reference --dose 5", "give it alone"),
        ("models export frey2010 --to m.xml --dose 5x", "flows in over 0.02 days"),
        ("models export frey2010 --to m.xml --dose infusion=5@1", "unknown dose 'infusion'"),
        ("models export frey2010 --to m.xml --set nosuch=5", "unknown parameter"),
        ("models export reference --to m.xml --dose safety_switch=0.1@3+1", "assigns 'I'"),
        ("models export stein2019 --to m.xml --days 5 --points 3", "--points: .xml holds no"),
        ("models export stein2019 --to m.omex --days 0", "end above 0"),
        ("models export stein2019 --to m.omex --days nan", "end above 0"),
        ("models export stein2019 --to m.omex --points 1", "2 points or more"),
        ("models export stein2019 --to none/m.xml", "none"),
    ],
)
def test_what_cannot_be_written_is_refused(livingdrug, tmp_path, monkeypatch, line, words):
    monkeypatch.chdir(tmp_path)
    done = livingdrug(line)
    assert done.code == 2
    assert words in done.err
    assert not list(tmp_path.iterdir())
