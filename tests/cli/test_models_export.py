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


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("models export stein2019 --to m.txt", ".xml, .sbml, .ant, .omex"),
        ("models export stein209 --to m.xml", "stein2019"),
        ("models export stein2019 --to m.xml --dose 5", "declares no dose"),
        ("models export stein2019 --to m.omex --days 0", "end above 0"),
        ("models export stein2019 --to none/m.xml", "none"),
    ],
)
def test_what_cannot_be_written_is_refused(livingdrug, tmp_path, monkeypatch, line, words):
    monkeypatch.chdir(tmp_path)
    done = livingdrug(line)
    assert done.code == 2
    assert words in done.err
    assert not list(tmp_path.iterdir())
