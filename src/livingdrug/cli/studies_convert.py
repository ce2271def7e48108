"""``livingdrug studies convert``: a study in another form."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["convert_command"]

_FORMS = ("tidy", "nonmem", "adam", "same")


def convert_command(
    place: Annotated[
        str,
        typer.Argument(metavar="PATH_OR_NAME", help="A study, as for 'studies show'; also a "
                       "simulated course (.zarr or .nc)."),
    ],
    output: Annotated[str, typer.Argument(metavar="TARGET", help="File or folder to write.")],
    to: Annotated[
        str,
        typer.Option("--to", metavar="FORM", help="tidy: a study folder; nonmem: a NONMEM-type "
                     "table with its description; adam: a folder of ADSL, ADPC, ADTTE, ADAE; "
                     "same: the table or folder it was read from, unchanged."),
    ],
    parquet: Annotated[bool, typer.Option("--parquet", help="ADaM frames as Parquet.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace what is there.")] = False,
) -> None:  # fmt: skip
    """Write a study in another form: tidy CSV, NONMEM-type table, ADaM frames."""
    from livingdrug.core.errors import OptionError
    from livingdrug.core.files import check_output

    if to not in _FORMS:
        raise OptionError(f"--to {to!r} is not a form; allowed: {', '.join(_FORMS)}")
    if parquet and to != "adam":
        raise OptionError("--parquet goes with --to adam")
    if to != "same":  # which is a file or a folder as its source is
        check_output(output, force, kind="file" if to == "nonmem" else "directory")
    study = _opened(place)
    written = _write(study, output, to, parquet=parquet, force=force)
    if as_json:
        typer.echo(json.dumps({"study": place, "form": to, "written": written}))
        return
    for name in written:
        typer.echo(f"wrote {name}")


def _opened(place: str) -> xr.Dataset:
    from livingdrug.cli.people import say
    from livingdrug.data.open_study import open_study

    path = Path(place)
    if path.suffix.lower() in {".zarr", ".nc"}:
        from livingdrug.interop.course_files import read_course
        from livingdrug.interop.study_files import study_of_course

        return study_of_course(read_course(path))
    opened = open_study(place)
    study = opened.get()
    say(opened.issues)
    return study


def _write(study: xr.Dataset, output: str, to: str, *, parquet: bool, force: bool) -> list[str]:
    from livingdrug.core.files import atomic_path, check_output, write_text
    from livingdrug.interop.nonmem_table import nonmem_text
    from livingdrug.interop.tidy import not_carried, tidy_files

    if to == "same":
        from livingdrug.data.table_lines import table_texts, write_table

        if not (texts := table_texts(study)):
            write_table(study, output, force=force)
            return [output]
        check_output(output, force, kind="directory")
        with atomic_path(output, force=force, kind="directory") as temporary:
            temporary.mkdir()
            for name, text in texts.items():
                (temporary / name).write_bytes(text.encode("utf-8"))
        return [f"{output}/{name}" for name in texts]
    from livingdrug.cli.people import say

    say(not_carried(study, to))
    if to == "nonmem":
        table, observed = nonmem_text(study)
        description = _description(study, observed)
        beside = str(Path(output).with_suffix(".toml"))
        check_output(beside, force)
        write_text(output, table, force=force)
        write_text(beside, description, force=force)
        return [output, beside]
    with atomic_path(output, force=force, kind="directory") as temporary:
        temporary.mkdir()
        if to == "adam":
            from livingdrug.interop.adam import write_adam

            names = write_adam(temporary, study, suffix=".parquet" if parquet else ".csv")
        else:
            files = tidy_files(study)
            for name, content in files.items():
                (temporary / name).write_text(content, encoding="utf-8")
            names = tuple(files)
    return [f"{output}/{name}" for name in names]


def _description(study: xr.Dataset, observed: dict[str, tuple[str, str]]) -> str:
    from livingdrug.data.interventions import study_interventions
    from livingdrug.interop.nonmem_table import covariate_units

    units = [one.unit for one in study_interventions(study) if one.unit]
    lines = [
        'dose_names = "dose"  # the column DOSE names every dose',
        f"dose_unit = {json.dumps(units[0] if units else 'cell')}",
        'time_unit = "day"',
        "day_one = false",
    ]
    if (study["obs_value"].values < 0).any():
        lines.append("signed = true")
    if units_in_time := covariate_units(study):
        lines.append(f"carry = {json.dumps(study.attrs['covariate_carry'])}")
        lines.append("\n[covariates]")
        lines += [f"{json.dumps(name)} = {json.dumps(unit)}"
                  for name, unit in units_in_time.items()]  # fmt: skip
    for key, at in (("term", 0), ("unit", 1)):
        lines.append(f"\n[{key}]")
        lines += [f"{json.dumps(number)} = {json.dumps(pair[at])}"
                  for number, pair in observed.items()]  # fmt: skip
    return "\n".join(lines) + "\n"
