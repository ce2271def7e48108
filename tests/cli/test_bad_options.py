"""Options that are not allowed: refused with one message, exit code 2, and nothing written."""

from __future__ import annotations

import pytest

OUT = " --out x.csv --plot x.png"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("kimmel2012", ["unknown model 'kimmel2012'", "'kimmel2021'"]),
        ("zzzzzz", ["unknown model 'zzzzzz'", "known: adhikarla2021, ahmed2020", "..."]),
        ("''", ["unknown model ''"]),
        ("kimmel2021 --variant quartiles", ["'quartiles'", "did you mean 'quartile'?"]),
        ("kimmel2021 --variant zz", ["'zz'", "published, quartile"]),
        ("kimmel2021 --variant ''", ["--variant", "leave the option out"]),
        ("kimmel2021 --method euler", ["unknown method 'euler'", "lsoda"]),
        ("kimmel2021 --set gamma=1", ["--set", "'gamma'", "did you mean 'gamma_B'?"]),
        ("kimmel2021 --set zz=1", ["--set", "'zz'", "known: "]),
        ("kimmel2021 --set r_B=-1", ["--set r_B", "-1 is out of bounds", "allowed are 0"]),
        ("kimmel2021 --set r_B=-1 --subjects 3", ["--set r_B", "-1 is out of bounds"]),
        ("kimmel2021 --set C=-1", ["--set C", "-1 is out of bounds"]),
        ("kimmel2021 --set r_B=abc", ["--set", "'abc'", "not a number"]),
        ("kimmel2021 --set r_B=1,5", ["--set", "'1,5'", "not a number"]),
        ("kimmel2021 --set r_B=nan", ["--set", "'nan'", "not a number"]),
        ("kimmel2021 --set r_B=inf", ["--set", "r_B = inf is not finite"]),
        ("kimmel2021 --set r_B=", ["--set", "''", "not a number"]),
        ("kimmel2021 --set r_B", ["--set", "'r_B' is not name=value"]),
        ("kimmel2021 --set =3", ["--set", "'=3' is not name=value"]),
        ("kimmel2021 --set r_B=1 --set r_B=1", ["--set", "'r_B' is given twice"]),
        ("stein2019 --set E=1", ["'E' is computed by the model", "set the parameters"]),
        ("kimmel2021 --trials 3", ["--trials", "needs --study"]),
        ("kimmel2021 --trials -3", ["--trials", "-3 given; allowed are 2 to"]),
        ("kimmel2021 --trials 1 --study zuma1", ["--trials", "1 given; allowed are 2 to"]),
        ("kimmel2021 --trials x --study zuma1", ["--trials", "'x' is not a whole number"]),
        ("kimmel2021 --trials 2 --study zuma1 --subjects 9", ["--subjects", "9 given", "101"]),
        ("kimmel2021 --trials 100000 --study zuma1", ["--trials", "10,100,000"]),
        ("kimmel2021 --data .", ["--data", "needs --study"]),
        ("kimmel2021 --data . --study zuma1", ["holds no kimmel2021_zuma1_mtv"]),
        ("kimmel2021 --data nowhere --study zuma1", ["nowhere", "not a folder"]),
        ("kimmel2021 --out '' --plot ''", ["--out", "--plot", "leave the option out"]),
    ],
)
def test_is_refused(refused, line, expected):
    refused(f"simulate {line}", *expected)


@pytest.mark.parametrize("value", ["-1", "nan", "inf", "-inf", "abc", "''", "1e400"])
@pytest.mark.parametrize("option", ["--days", "--dose", "--lloq", "--rtol", "--atol"])
def test_bad_number(refused, option, value):
    refused(
        f"simulate kimmel2021 {option} {value}{OUT}",
        option,
        value.strip("'").replace("1e400", "inf"),
    )


@pytest.mark.parametrize("value", ["-1", "1.5", "nan", "inf", "abc", "1" + "0" * 30])
@pytest.mark.parametrize("option", ["--subjects", "--seed", "--threads"])
def test_bad_whole_number(refused, option, value):
    shown = f"{int(value):,}" if value.lstrip("-").isdigit() else value
    refused(f"simulate kimmel2021 {option} {value}{OUT}", option, shown)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("--days 0", "0.0 given; allowed are numbers > 0"),
        ("--days 36525.5", "36525.5 given; allowed"),
        ("--subjects 0", "0 given; allowed are 1 to 10,000,000"),
        ("--subjects 10000001", "10,000,001 given; allowed are 1 to 10,000,000"),
        ("--threads 0", "0 given"),
        ("--rtol 0", "0.0 given; allowed are 1e-13 to 0.1"),
        ("--rtol 1e-20", "1e-20 given; allowed are 1e-13 to 0.1"),
        ("--rtol 0.5", "0.5 given; allowed are 1e-13 to 0.1"),
        ("--lloq 0", "0.0 given; a limit is a finite number > 0"),
        ("--atol 0", "0.0 given"),
    ],
)
def test_out_of_range(refused, line, expected):
    option = line.split()[0]
    refused(f"simulate kimmel2021 {line}{OUT}", f"{option}: {expected}")


@pytest.mark.parametrize(
    ("visits", "expected"),
    [
        ("7,x", "'x' is not a day"),
        ("7,nan", "'nan' is not a day"),
        ("7,inf", "'inf' is not a day"),
        ("7,", "'' is not a day"),
        ("7,7", "days must increase"),
        ("14,7", "days must increase"),
        ("1e99", "day 1e+99"),
        ("''", "leave the option out"),
        ("-5", "day -5 lies before it"),
    ],
)
def test_bad_visits(refused, visits, expected):
    refused(f"simulate kimmel2021 --visits {visits}{OUT}", expected)


def test_visit_after_the_last_day(refused):
    refused("simulate kimmel2021 --days 20 --visits 7,30", "--visits", "day 30", "--days 20")


@pytest.mark.parametrize(("model", "stand_in"), [("kimmel2021", "'C'"), ("stein2019", "'Cmax'")])
def test_dose_of_a_model_without_one_names_what_stands_for_it(refused, model, stand_in):
    refused(f"simulate {model} --dose 1e8{OUT}", "--dose", "no dose", f"{stand_in} stands for it")


def test_every_problem_is_reported_at_once(refused):
    message = refused("simulate kimmel2021 --set zz=1 --set r_B=-1 --dose 3")
    assert "3 problems" in message
    for part in ("'zz'", "r_B", "--dose"):
        assert part in message
    message = refused("simulate kimmel2021 --days -1 --rtol 7 --subjects 0")
    for part in ("3 problems", "--days", "--rtol", "--subjects"):
        assert part in message


def test_memory_is_refused_before_anything_is_drawn(refused, monkeypatch):
    def draw(*_args, **_kwargs):
        pytest.fail("subjects were drawn before the size was checked")

    monkeypatch.setattr("livingdrug.cohort.sample.draw_cohort", draw)
    refused("simulate kimmel2021 --subjects 9000000", "9,000,000 subjects", "GiB", "fewer")
    refused("simulate kimmel2021 --study zuma1 --trials 90000", "9,090,000 subjects", "GiB")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("--assume-cv r_B=0.3 --subjects 3", "states the variability"),
        ("--assume-cv nope=0.3 --subjects 3", "unknown parameter or initial value 'nope'"),
        ("--assume-cv N=0.3", "needs --subjects"),
        ("--assume-cv N=0 --subjects 3", "0 must be a number > 0"),
        ("--assume-cv N=-0.3 --subjects 3", "-0.3 must be a number > 0"),
        ("--assume-cv N=inf --subjects 3", "inf must be a number > 0"),
        ("--assume-cv N=nan --subjects 3", "'nan' in 'N=nan' is not a number"),
        ("--assume-cv N --subjects 3", "'N' is not name=value"),
        ("--assume-cv N=1 --assume-cv N=1 --subjects 3", "'N' is given twice"),
    ],
)
def test_bad_assumed_variability(refused, line, expected):
    refused(f"simulate kimmel2021 {line}{OUT}", "--assume-cv", expected)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("simulate", ["Missing argument 'MODEL'", "see 'livingdrug simulate --help'"]),
        ("simulate kimmel2021 extra", ["extra"]),
        ("simulate kimmel2021 --foo 3", ["--foo"]),
        ("simulate kimmel2021 --days", ["--days"]),
        ("simulat kimmel2021", ["simulat", "simulate"]),
        ("models show", ["Missing argument 'ID'"]),
        ("models show nope", ["unknown model 'nope'"]),
        ("models show kimmel2021 --variant x", ["'x'", "published, quartile"]),
        ("models verify nope", ["unknown model 'nope'"]),
        ("citation", ["Missing argument 'TARGET'"]),
        ("rerun", ["Missing argument 'FILE'"]),
    ],
)
def test_usage_error(refused, line, expected):
    refused(line, *expected)
