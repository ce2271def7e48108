"""The figure of a sensitivity analysis shows the numbers it was given."""

from __future__ import annotations

import numpy as np
import pytest

from livingdrug.catalogue.index import get_model
from livingdrug.influence.analysis import sensitivity
from livingdrug.model.regimen import Regimen
from livingdrug.plot.sensitivity import plot_sensitivity


@pytest.fixture(scope="module", params=["prcc", "sobol"])
def found(request):
    if request.param == "sobol":
        pytest.importorskip("SALib", reason="the extra 'stats' is not installed")
    return sensitivity(
        get_model("singh2021"), ["cmax", "tmax", "day_below@1"], method=request.param, n=64,
        days=60, resamples=20, regimen=Regimen.infusion(1e8), parameters=["Kg", "Kkill_max"],
    )  # fmt: skip


def test_each_read_out_has_a_panel_with_its_bars(found) -> None:
    figure = plot_sensitivity(found, top=2)
    assert len(figure.axes) == 3
    index = "prcc" if found.attrs["method"] == "prcc" else "total"
    for axes, name in zip(figure.axes[:2], ("cmax", "tmax"), strict=True):
        labels = [tick.get_text() for tick in axes.get_yticklabels()]
        drawn = [bar.get_width() for bar in axes.patches]
        expected = found[index].sel(readout=name, parameter=labels).values
        assert drawn == pytest.approx(expected.tolist())
        assert np.all(np.diff(np.abs(drawn)) <= 0)
        hatched = [bar.get_hatch() is not None for bar in axes.patches]
        assert hatched == found["assumed"].sel(parameter=labels).values.tolist()
        assert axes.get_title(loc="left").startswith(f"{name}: ")


def test_a_read_out_without_indices_says_why(found) -> None:
    figure = plot_sensitivity(found)
    axes = figure.axes[2]
    note = found["note"].sel(readout="day_below@1").item()
    assert note
    assert note.split()[-1] in axes.texts[0].get_text()
    assert not axes.patches


def test_the_figure_names_doses_and_disclaimer(found) -> None:
    texts = " ".join(text.get_text() for text in plot_sensitivity(found).texts)
    assert "infusion 1e+08 cell on day 0" in texts
    assert "not medical advice" in texts
    assert "ASSUMED: 1 parameter without a stated" in texts.replace("\n", " ")
