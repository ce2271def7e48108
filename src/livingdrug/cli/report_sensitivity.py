"""Print what a sensitivity analysis found, for people and for machines."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from livingdrug.cli.report import number
from livingdrug.cli.report_json import DISCLAIMER
from livingdrug.cli.tables import echo, print_table

if TYPE_CHECKING:
    import xarray as xr

    from livingdrug.model.model import Model

__all__ = ["print_sensitivity", "sensitivity_json", "write_figure"]

_INDICES = {"prcc": ("prcc",), "sobol": ("total", "first")}
_NAMES = {"prcc": "PRCC", "total": "total", "first": "first order"}
_SHARES = ("share_assumed", "share_value_assumed", "share_spread_assumed")
_PARAMETER = ("value", "unit", "origin", "at", "spread", "spread_origin", "assumed")


def write_figure(found: xr.Dataset, path: str, *, top: int, force: bool) -> str:
    """Write the figure.

    Parameters
    ----------
    found : xarray.Dataset
    path : str
    top : int
        Parameters of each read-out.
    force : bool

    Returns
    -------
    str
        What was written.
    """
    from livingdrug.plot.course import save_figure
    from livingdrug.plot.sensitivity import plot_sensitivity

    save_figure(plot_sensitivity(found, top=top), path, force)
    return path


def print_sensitivity(
    found: xr.Dataset, model: Model, written: Sequence[str], *, top: int, as_json: bool
) -> None:
    """Print a result.

    Parameters
    ----------
    found : xarray.Dataset
    model : Model
    written : sequence of str
    top : int
        Parameters printed for a read-out; JSON has all.
    as_json : bool
    """
    if as_json:
        sys.stdout.write(json.dumps(sensitivity_json(found, model, written), indent=2) + "\n")
        return
    attrs = found.attrs
    what = (
        f"partial rank correlation over {attrs['n']:,} points"
        if attrs["method"] == "prcc"
        else f"Sobol indices from {attrs['n']:,} base points, {attrs['simulations']:,} simulations"
    )
    echo(f"{model.title or model.id} ({model.organism}; {model.population})")
    echo(
        f"model {model.id}, variant {model.variant}, status: {model.status}; {what} of "
        f"{found.sizes['parameter']} parameters, until day {attrs['days']:g}"
    )
    declared = ", ".join(dose.name for dose in model.doses)
    none = "none given" + (f", of {declared}" if declared else "")
    echo(f"doses: {'; '.join(json.loads(attrs['doses'])) or none}")
    for line in [model.notice, *json.loads(attrs["notes"])]:
        if line:
            echo(f"note: {line}")
    echo()
    for name in found["readout"].values.tolist():
        _print_readout(found.sel(readout=name), str(name), str(attrs["method"]), top)
    echo(
        f"intervals: {100 * attrs['level']:g} %, {attrs['resamples']:,} bootstrap resamples; "
        f"seed {attrs['seed']}; method {attrs['integration']} ({attrs['backend']} backend), rtol "
        f"{attrs['rtol']:g}; {attrs['failed']:,} of {attrs['simulations']:,} failed"
    )
    if written:
        echo(f"written: {', '.join(written)}")
    echo(DISCLAIMER)


def _print_readout(one: xr.Dataset, name: str, method: str, top: int) -> None:
    unit = one["units"].item()
    head = f"{name}: {one['label'].item()}" + (f", {unit}" if unit not in ("", "1") else "")
    echo(head + (f", {_scale(one)}" if method == "sobol" else ""))
    if one["note"].item():
        echo(f"  {one['note'].item()}")
    if not math.isfinite(one["explained"].item()):
        echo()
        return
    what = "a regression on ranks explains" if method == "prcc" else "first-order indices add up to"
    echo(f"  {what} {_percent(one, 'explained')}")
    echo(
        f"  due to ASSUMED numbers: {_percent(one, 'share_assumed')}; to ASSUMED values "
        f"{_percent(one, 'share_value_assumed')}, to ASSUMED spreads "
        f"{_percent(one, 'share_spread_assumed')}"
    )
    indices = _INDICES[method]
    header = ["parameter"]
    for index in indices:
        header += [_NAMES[index], "interval"]
    header += ["value", "unit", "origin", "spread", "origin of spread"]
    rows = []
    for parameter in _order(one, indices[0])[:top]:
        row = one.sel(parameter=parameter)
        cells = [str(parameter)]
        for index in indices:
            limits = (row[f"{index}_lower"].item(), row[f"{index}_upper"].item())
            cells += [f"{row[index].item():.2f}", f"{limits[0]:.2f} to {limits[1]:.2f}"]
        cells += [number(row["value"].item()), row["unit"].item(), _origin(row, "origin")]
        rows.append([*cells, row["spread"].item(), _origin(row, "spread_origin")])
    print_table(header, rows)


def _scale(one: xr.Dataset) -> str:
    return {
        "linear": "variance as it is", "log": "variance of the logarithm",
        "rank": "variance of the ranks, because some values are 0",
    }[one["scale"].item()]  # fmt: skip


def _percent(one: xr.Dataset, name: str) -> str:
    value, lower, upper = (100 * one[f"{name}{end}"].item() for end in ("", "_lower", "_upper"))
    return f"{value:.0f} % ({lower:.0f} to {upper:.0f})"


def _origin(row: xr.Dataset, name: str) -> str:
    origin = str(row[name].item())
    return "ASSUMED" if origin == "assumed" else origin


def _order(one: xr.Dataset, index: str) -> list[str]:
    """Return the parameters, the strongest first; those without an index last."""
    import numpy as np

    strength = np.nan_to_num(np.abs(one[index].values), nan=-1.0)
    return [str(one["parameter"].values[i]) for i in np.argsort(-strength, kind="stable")]


def sensitivity_json(found: xr.Dataset, model: Model, written: Sequence[str]) -> dict[str, object]:
    """Return a result as plain data; ``docs/reference/command_line`` documents every key.

    Parameters
    ----------
    found : xarray.Dataset
    model : Model
    written : sequence of str

    Returns
    -------
    dict
    """
    attrs = dict(found.attrs)
    made: dict[str, object] = {
        "model": model.id,
        "variant": model.variant,
        "status": model.status,
        "organism": model.organism,
        "population": model.population,
        "notice": model.notice,
        **{
            name: attrs[name]
            for name in (
                "method", "n", "simulations", "failed", "start", "days", "seed", "resamples",
                "level", "integration", "backend", "rtol",
            )
        },
        "doses": json.loads(attrs["doses"]),
        "notes": json.loads(attrs["notes"]),
        "parameters": {
            str(name): {key: _plain(found[key].sel(parameter=name).item()) for key in _PARAMETER}
            for name in found["parameter"].values
        },
        "readouts": {
            str(name): _readout(found.sel(readout=name), str(attrs["method"]))
            for name in found["readout"].values
        },
        "written": list(written),
        "citations": [model.source.doi] if model.source and model.source.doi else [],
        "disclaimer": DISCLAIMER,
    }  # fmt: skip
    return made


def _readout(one: xr.Dataset, method: str) -> dict[str, object]:
    indices = _INDICES[method]
    made: dict[str, object] = {
        "label": one["label"].item(),
        "unit": one["units"].item(),
        "scale": one["scale"].item(),
        "used": one["used"].item(),
        "without_value": one["without_value"].item(),
        "note": one["note"].item(),
    }
    for name in ("explained", *_SHARES):
        made[name] = _with_limits(one, name)
    made["parameters"] = {
        name: {index: _with_limits(one.sel(parameter=name), index) for index in indices}
        for name in _order(one, indices[0])
    }
    return made


def _with_limits(one: xr.Dataset, name: str) -> dict[str, object]:
    ends = {"value": "", "lower": "_lower", "upper": "_upper"}
    return {key: _plain(one[f"{name}{end}"].item()) for key, end in ends.items()}


def _plain(value: object) -> object:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
