"""How read-outs are written, and what they become."""

from __future__ import annotations

import math

import numpy as np
import pytest

from livingdrug.catalogue.index import get_model
from livingdrug.core.errors import OptionError
from livingdrug.influence.outputs import Output, choose_outputs
from livingdrug.solve.headline_reductions import headline_reductions
from livingdrug.solve.reductions import Reduction
from livingdrug.system.compile import compile_model

SINGH = compile_model(get_model("singh2021"))


def one(text: str, **period: float) -> Output:
    (output,) = choose_outputs(SINGH, [text], **({"start": 0.0, "end": 180.0} | period))
    return output


def test_none_asks_for_the_headline() -> None:
    found = choose_outputs(SINGH, None, start=0.0, end=180.0)
    headline = headline_reductions(SINGH, 180.0)
    assert {o.name: o.reductions for o in found} == {k: (v,) for k, v in headline.items()}


@pytest.mark.parametrize(
    ("text", "reduction"),
    [
        ("cmax", Reduction("maximum", "car_transgene", start=2.0, end=180.0)),
        ("peak", Reduction("maximum", "car_transgene", start=2.0, end=180.0)),
        ("peak:Eb", Reduction("maximum", "Eb", start=0.0, end=180.0)),
        ("day_of_peak:Eb@3-30.5", Reduction("day of maximum", "Eb", start=3.0, end=30.5)),
        ("auc", Reduction("auc", "car_transgene", start=0.0, end=28.0)),
        ("auc@0-90", Reduction("auc", "car_transgene", start=0.0, end=90.0)),
        ("value@90", Reduction("value", "car_transgene", day=90.0)),
        ("value:P@90", Reduction("value", "P", day=90.0)),
        ("nadir", Reduction("minimum", "tumor_burden", start=0.0, end=180.0)),
        ("day_of_nadir", Reduction("day of minimum", "tumor_burden", start=0.0, end=180.0)),
        ("day_below@1e9", Reduction("first day below", "tumor_burden", start=0.0, end=180.0,
                                    level=1e9)),
        ("day_above:Eb@1e6", Reduction("first day above", "Eb", start=0.0, end=180.0, level=1e6)),
    ],
)  # fmt: skip
def test_a_text_is_a_reduction(text: str, reduction: Reduction) -> None:
    found = one(text)
    assert found.name == text
    # NaN stands for a field that a take does not use; repr compares those too
    assert repr(found.reductions) == repr((reduction,))
    assert found.is_day == ("day" in reduction.take)


def test_a_period_before_the_infusion_is_not_counted() -> None:
    assert one("nadir", start=-5.0).reductions[0].start == 0.0
    assert one("nadir@-5-10", start=-5.0).reductions[0].start == -5.0


def test_a_half_life_is_that_between_two_days() -> None:
    output = one("half_life@28-90")
    assert [r.day for r in output.reductions] == [28.0, 90.0]
    assert output.is_day
    early = np.array([8.0, 1.0, 1.0, np.nan, 5.0])
    late = np.array([2.0, 2.0, 1.0, 1.0, 0.0])
    found = output.values([early, late])
    assert found[0] == pytest.approx(31.0)  # a quarter after 62 days
    assert [math.isnan(v) for v in found[1:]] == [True] * 4  # growing, level, failed, gone


def test_a_mapping_of_reductions_is_taken_as_it_is() -> None:
    given = {"mine": Reduction("maximum", "Eb")}
    (output,) = choose_outputs(SINGH, given, start=0.0, end=10.0)
    assert (output.name, output.reductions) == ("mine", (given["mine"],))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("pekk", "unknown read-out 'pekk' .did you mean 'peak'"),
        ("peak:Ebb", "unknown quantity 'Ebb' .did you mean 'Eb'"),
        ("value", "needs a day, as in value@28"),
        ("value@soon", "needs a day"),
        ("day_below", "needs a level"),
        ("half_life", "needs two days"),
        ("half_life@90-28", "does not go forward"),
        ("auc@28", "is not a period"),
        ("", "unknown read-out ''"),
    ],
)
def test_what_cannot_be_read_is_named(text: str, message: str) -> None:
    with pytest.raises(OptionError, match=message):
        one(text)


def test_every_fault_is_listed_together() -> None:
    with pytest.raises(OptionError, match=r"(?s)2 problems.*pekk.*needs a day"):
        choose_outputs(SINGH, ["pekk", "value", "cmax"], start=0.0, end=10.0)
    with pytest.raises(OptionError, match="there are none"):
        choose_outputs(SINGH, [], start=0.0, end=10.0)


def test_a_model_without_tumour_asks_for_the_quantity() -> None:
    stein = compile_model(get_model("stein2019"))
    with pytest.raises(OptionError, match="stein2019 has no tumour; name the quantity"):
        choose_outputs(stein, ["nadir"], start=0.0, end=10.0)
