import json
import re
import subprocess
import sys

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from livingdrug.core.errors import DataError
from livingdrug.core.schema import (
    SCHEMA_VERSION,
    STATUS_MESSAGES,
    Status,
    check_cohort,
    check_course,
    check_study,
    status_attributes,
    validate_cohort,
    validate_course,
    validate_study,
)


def make_course(subjects=(3, 17), times=(-1.0, 0.0, 7.0), replicates=None):
    lead, shape = ("subject",), (len(subjects),)
    coords = {"subject": list(subjects), "time": ("time", list(times), {"units": "day"})}
    if replicates is not None:
        lead, shape = ("subject", "replicate"), (len(subjects), replicates)
        coords["replicate"] = np.arange(replicates)
    curve = (*lead, "time")
    full = (*shape, len(times))
    return xr.Dataset(
        {
            "car_t": (
                curve,
                np.ones(full),
                {"units": "cell/uL", "long_name": "CAR-T cells", "kind": "species"},
            ),
            "transgene": (
                curve,
                np.ones(full),
                {
                    "units": "copies/ug",
                    "long_name": "transgene",
                    "kind": "observable",
                    "term": "car_t_blood",
                },
            ),
            "status": (lead, np.zeros(shape, dtype=np.int8), status_attributes()),
            "status_message": (lead, np.full(shape, "")),
            "observed": (("observable", *curve), np.ones((1, *full))),
            "blq": (("observable", *curve), np.zeros((1, *full), dtype=bool)),
            "lloq": ("observable", [50.0]),
            "event_subject": ("event_log", [subjects[0]]),
            "event_time": ("event_log", [0.5]),
            "event_name": ("event_log", ["relapse"]),
            "event_count": ("event_log", [1]),
        },
        coords={**coords, "observable": ["transgene"]},
        attrs={
            "schema": "livingdrug.course",
            "schema_version": SCHEMA_VERSION,
            "model": "stein2019",
            "variant": "",
            "model_status": "draft",
            "organism": "human",
            "provenance": "{}",
        },
    )


def make_cohort():
    return xr.Dataset(
        {
            "rho": ("subject", [0.1, 0.2], {"units": "1/day", "role": "parameter"}),
            "tumor_0": ("subject", [1e9, 1e8], {"units": "cell", "role": "initial"}),
            "weight": ("subject", [70.0, np.nan], {"units": "kg", "role": "covariate"}),
            "dose_subject": ("dose", ["a", "b", "b"]),
            "dose_name": ("dose", ["car_t", "car_t", "tocilizumab"]),
            "dose_time": ("dose", [0.0, 0.0, 3.0]),
            "dose_amount": ("dose", [1e8, 1e8, 8.0]),
            "dose_unit": ("dose", ["cell", "cell", "mg/kg"]),
            "dose_duration": ("dose", [0.0, 0.01, 0.04]),
            "knot_subject": ("knot", ["a"]),
            "knot_input": ("knot", ["il6_block"]),
            "knot_time": ("knot", [2.0]),
            "knot_value": ("knot", [0.5]),
            "record_subject": ("record", ["a", "a"]),
            "record_time": ("record", [1.0, 1.0]),
            "record_side": ("record", ["left", "right"]),
        },
        coords={"subject": ["a", "b"]},
        attrs={
            "schema": "livingdrug.cohort",
            "schema_version": SCHEMA_VERSION,
            "model": "stein2019",
            "math_hash": "ab12",
            "seed": 1,
            "variability": "iiv",
            "assumed": "[]",
        },
    )


def make_study():
    nan = np.nan
    return xr.Dataset(
        {
            "obs_time": ("observation", [1.0, 7.0, 7.0]),
            "obs_term": ("observation", ["car_t_blood"] * 3),
            "obs_value": ("observation", [5.0, nan, 100.0]),
            "obs_unit": ("observation", ["copies/ug"] * 3),
            "obs_statistic": ("observation", ["individual", "individual", "median"]),
            "obs_subject": ("observation", ["P1", "P1", ""]),
            "obs_n": ("observation", [1, 1, 20]),
            "obs_lower": ("observation", [nan, nan, 10.0]),
            "obs_upper": ("observation", [nan, nan, 1000.0]),
            "obs_lloq": ("observation", [nan, 50.0, nan]),
            "obs_blq": ("observation", [False, True, False]),
            "obs_assay": ("observation", ["qPCR"] * 3),
            "ro_endpoint": ("readout", ["cmax"]),
            "ro_term": ("readout", ["car_t_blood"]),
            "ro_value": ("readout", [35.0]),
            "ro_unit": ("readout", ["cell/uL"]),
            "ro_statistic": ("readout", ["median over people of individual peak"]),
            "ro_n": ("readout", [100]),
            "ro_confirmed": ("readout", [True]),
            "ro_lower": ("readout", [nan]),
            "ro_upper": ("readout", [nan]),
            "ro_citation": ("readout", ["Table 2"]),
            "ro_note": ("readout", [""]),
            "cov_value": (("covariate", "quantile"), [[40.0, 70.0, 120.0]]),
            "cov_unit": ("covariate", ["kg"]),
        },
        coords={"covariate": ["weight"], "quantile": [0.0, 0.5, 1.0]},
        attrs={
            "schema": "livingdrug.study",
            "schema_version": SCHEMA_VERSION,
            "id": "zuma1",
            "title": "A trial",
            "organism": "human",
            "product": "",
            "disease": "",
            "source": json.dumps(
                {"doi": "10.1/x", "authors": ["A, B"], "year": 2017, "title": "T"}
            ),
            "licence": "",
            "assay": "",
            "note": "",
        },
    )


MAKERS = {"course": make_course, "cohort": make_cohort, "study": make_study}
CHECKS = {"course": check_course, "cohort": check_cohort, "study": check_study}
VALIDATORS = {"course": validate_course, "cohort": validate_cohort, "study": validate_study}


def messages(what, ds):
    return [str(issue) for issue in CHECKS[what](ds)]


def only(what, ds):
    found = messages(what, ds)
    assert len(found) == 1, found
    return found[0]


@pytest.mark.parametrize("what", MAKERS)
def test_complete_datasets_are_valid(what):
    ds = MAKERS[what]()
    assert messages(what, ds) == []
    VALIDATORS[what](ds)


def test_course_with_replicates_is_valid():
    ds = make_course(replicates=3)
    ds["event_replicate"] = ("event_log", [2])
    assert messages("course", ds) == []


def test_course_with_replicates_needs_them_in_status_and_event_log():
    ds = make_course(replicates=2)
    assert "event_replicate: is missing" in only("course", ds)
    ds["event_replicate"] = ("event_log", [2])
    assert "no such replicate; at [0] (2)" in only("course", ds)
    ds["event_replicate"] = ("event_log", [1])
    ds["status"] = ds["status"].isel(replicate=0, drop=True)
    assert "has dims (subject); they must be (subject, replicate)" in only("course", ds)


@pytest.mark.parametrize("what", MAKERS)
def test_validity_survives_text_types(what):
    ds = MAKERS[what]()
    for name in ds.variables:
        if ds[name].dtype.kind == "U":
            changed = ds[name].astype(object) if ds[name].size % 2 else ds[name].astype("T")
            ds = (
                ds.assign_coords({name: changed})
                if name in ds.coords
                else ds.assign({name: changed})
            )
    assert messages(what, ds) == []


@pytest.mark.parametrize("what", MAKERS)
def test_validity_survives_zarr(what, tmp_path):
    pytest.importorskip("zarr")
    import warnings

    ds = MAKERS[what]()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # zarr 3 warns that its text type has no specification
        ds.to_zarr(tmp_path / "x.zarr")
        assert messages(what, xr.open_zarr(tmp_path / "x.zarr").load()) == []


ESSENTIAL = {
    "course": ["status", "status_message", "observed", "blq", "lloq", "event_subject"],
    "cohort": [
        *[f"dose_{x}" for x in ("subject", "name", "time", "amount", "unit", "duration")],
        *[f"knot_{x}" for x in ("subject", "input", "time", "value")],
        *[f"record_{x}" for x in ("subject", "time", "side")],
    ],
    "study": [str(name) for name in make_study().data_vars],
}


@pytest.mark.parametrize(
    ("what", "name"), [(w, n) for w, names in ESSENTIAL.items() for n in names]
)
def test_each_missing_variable_is_named(what, name):
    assert f"{what}, variable {name}: is missing" in only(what, MAKERS[what]().drop_vars(name))


@pytest.mark.parametrize(("what", "name"), [(w, n) for w in MAKERS for n in MAKERS[w]().attrs])
def test_each_missing_attribute_is_named(what, name):
    ds = MAKERS[what]()
    del ds.attrs[name]
    assert f"{what}, attribute {name}: " in only(what, ds)


def test_other_schema_version_is_refused():
    ds = make_study().assign_attrs(schema_version="99")
    assert "this version reads '1'" in only("study", ds)


def test_all_problems_are_raised_together():
    ds = make_cohort().drop_vars("knot_value")
    ds["rho"].attrs["units"] = "parsecs per fortnite"
    ds["dose_subject"] = ("dose", ["a", "zz", "b"])
    ds["dose_duration"] = ("dose", [0.0, -0.01, 0.0])
    del ds.attrs["model"]
    with pytest.raises(DataError) as caught:
        validate_cohort(ds)
    text = str(caught.value)
    assert len(caught.value.issues) == 5
    for part in (
        "knot_value",
        "fortnite",
        "no such subject; at [1] ('zz')",
        "[1] (-0.01)",
        "model",
    ):
        assert part in text


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda ds: ds.assign_coords(subject=[3, 3]), r"more than once; at \[0\] \(3\), \[1\]"),
        (lambda ds: ds.assign_coords(subject=[3.0, 17.0]), "subject: has type float64"),
        (lambda ds: ds.drop_vars("subject"), "coordinate subject: is missing"),
        (lambda ds: _times(ds, [0.0, 7.0, 7.0]), "more than once"),
        (lambda ds: _times(ds, [0.0, 7.0, 3.0]), r"must increase; at \[2\] \(3.0\)"),
        (lambda ds: _times(ds, [0.0, np.nan, 3.0]), "NaN is not allowed"),
        (lambda ds: _times(ds, [0.0, 1.0, np.inf]), "infinite"),
        (lambda ds: _times(ds, [0.0, 1.0, 2.0], ""), "it must be 'day', or the unit of time"),
        (lambda ds: _times(ds, ["a", "b", "c"]), "must hold numbers"),
        (
            lambda ds: ds.assign(car_t=ds.car_t.astype(str)),
            "car_t: has type <U32; it must hold num",
        ),
        (lambda ds: ds.assign(car_t=ds.car_t.T), r"has dims \(time, subject\); they must be"),
        (lambda ds: _attr(ds, "car_t", units=None), "attribute units: is missing"),
        (lambda ds: _attr(ds, "car_t", units="florps"), "'florps' is not a unit"),
        (lambda ds: _attr(ds, "car_t", kind="state"), "is 'state'; allowed are"),
        (lambda ds: _attr(ds, "car_t", long_name=None), "long_name: is None"),
        (lambda ds: _attr(ds, "car_t", term=3), "term: is 3"),
        (lambda ds: _attr(ds, "status", flag_meanings="ok"), "flag_meanings: is 'ok'"),
        (lambda ds: _attr(ds, "status", flag_values=np.arange(3)), "flag_values"),
        (lambda ds: _set(ds, "status", [0, 99]), r"no such status; at \[1\] \(99\)"),
        (lambda ds: _set(ds, "event_subject", [4]), r"no such subject; at \[0\] \(4\)"),
        (lambda ds: _set(ds, "event_subject", ["3"]), "holds text but the coordinate subject"),
        (lambda ds: _set(ds, "event_time", [np.nan]), "NaN"),
        (lambda ds: _set(ds, "event_count", [-1]), "at least 0"),
        (lambda ds: _set(ds, "lloq", [0.0]), "larger than 0"),
        (lambda ds: ds.assign_coords(observable=["elsewhere"]), "no such variable over time"),
        (lambda ds: ds.assign_attrs(provenance="{"), "is not JSON"),
        (lambda ds: ds.assign_attrs(provenance="[]"), "must be a JSON object"),
        (lambda ds: ds.assign_attrs(model=""), "attribute model: is empty"),
    ],
)
def test_course_problems(change, message):
    assert re.search(message, "\n".join(messages("course", change(make_course()))))


def _times(ds, times, units="day"):
    return ds.assign_coords(time=("time", times, {"units": units}))


def _attr(ds, name, **attrs):
    changed = ds.copy(deep=True)
    for key, value in attrs.items():
        if value is None:
            del changed[name].attrs[key]
        else:
            changed[name].attrs[key] = value
    return changed


def _set(ds, name, values):
    return ds.assign({name: (ds[name].dims, values, ds[name].attrs)})


def test_course_without_curves_is_refused():
    ds = make_course().drop_vars(["car_t", "transgene", "observed", "blq", "lloq", "observable"])
    assert "holds no species" in only("course", ds)


def test_lost_values_need_a_failed_status():
    ds = make_course()
    ds["car_t"][1, 2] = np.nan
    assert "not finite though the subject's status is 0 (ok); at [1]" in only("course", ds)
    ds["status"][1] = Status.NOT_FINITE
    assert messages("course", ds) == []


def test_observables_may_be_undefined():
    ds = make_course()
    ds["transgene"][1, 2] = np.nan
    assert messages("course", ds) == []


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda ds: ds.drop_dims(["dose"]).assign_coords(subject=["a", "a"]), "more than once"),
        (lambda ds: _attr(ds, "rho", role="theta"), "is 'theta'; allowed are"),
        (lambda ds: _attr(ds, "rho", role=None), "attribute role: is None"),
        (lambda ds: _attr(ds, "rho", units=None), "attribute units: is missing"),
        (lambda ds: _set(ds, "rho", [0.1, np.nan]), "rho: NaN is not allowed"),
        (lambda ds: _set(ds, "rho", ["x", "y"]), "must hold numbers"),
        (lambda ds: _set(ds, "weight", [np.inf, 1.0]), "weight: infinite"),
        (lambda ds: ds.assign(extra=("day", [1.0])), r"dims \('day',\)"),
        (lambda ds: _set(ds, "dose_time", [0.0, np.nan, 0.0]), "dose_time: NaN"),
        (lambda ds: _set(ds, "dose_amount", [0.0, -1.0, 0.0]), r"at least 0; at \[1\] \(-1.0\)"),
        (lambda ds: _set(ds, "dose_unit", ["cell", "cell", "mgs/kgs!"]), "mgs/kgs!"),
        (lambda ds: _set(ds, "dose_name", ["a", "", "b"]), "empty text"),
        (lambda ds: _set(ds, "dose_subject", [0, 1, 1]), "holds integers but the coordinate"),
        (lambda ds: _attr(ds, "dose_time", units="hour"), "must be 'day'"),
        (lambda ds: _set(ds, "knot_value", [np.nan]), "knot_value: NaN"),
        (
            lambda ds: _set(ds, "record_side", ["left", "up"]),
            r"allowed are 'left', 'right'; at \[1\]",
        ),
        (lambda ds: ds.assign_attrs(assumed="{}"), "must be a JSON list"),
        (lambda ds: ds.assign_attrs(seed=1.5), "attribute seed: is 1.5"),
        (lambda ds: ds.assign_attrs(seed=True), "attribute seed: is True"),
        (lambda ds: ds.assign_attrs(seed=-1), "attribute seed: is -1"),
    ],
)
def test_cohort_problems(change, message):
    assert re.search(message, only("cohort", change(make_cohort())))


def test_cohort_without_records_or_seed_is_valid():
    ds = make_cohort().drop_dims(["dose", "knot", "record"]).assign_attrs(seed="")
    assert messages("cohort", ds) == []


def test_misspelt_variable_is_hinted_at():
    ds = make_cohort().rename(dose_duration="dose_duratoin")
    assert "'dose_duratoin'" in only("cohort", ds)


def test_many_bad_entries_are_summarised():
    ds = make_cohort().isel(dose=np.zeros(1000, dtype=int))
    ds = _set(ds, "dose_duration", np.full(1000, -1.0))
    text = only("cohort", ds)
    assert text.count("(-1.0)") == 5
    assert "and 995 more" in text


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda ds: _set(ds, "obs_statistic", ["individual", "individual", "mode"]), "'mode'"),
        (lambda ds: _set(ds, "obs_time", [0, np.nan, 1]), "obs_time: NaN"),
        (lambda ds: _set(ds, "obs_unit", ["x!", "", ""]), "'x!' is not a unit"),
        (lambda ds: _set(ds, "obs_value", [np.nan, np.nan, 1.0]), r"obs_blq is true; at \[0\]"),
        (lambda ds: _set(ds, "obs_lloq", [np.nan] * 3), "give the limit"),
        (lambda ds: _set(ds, "obs_lloq", [np.nan, -1.0, np.nan]), "larger than 0"),
        (lambda ds: _set(ds, "obs_lower", [np.nan, np.nan, 1e6]), "larger than obs_upper"),
        (lambda ds: _set(ds, "obs_blq", [0, 1, 0]), r"must hold true or false"),
        (lambda ds: _set(ds, "obs_n", [1.0, 1.0, 20.0]), "must hold integers"),
        (lambda ds: _set(ds, "obs_subject", ["P1", "", ""]), "empty for an individual"),
        (lambda ds: _set(ds, "obs_subject", ["P1", "P1", "P2"]), "must be '' for a pooled"),
        (lambda ds: _set(ds, "obs_term", ["a", "", "b"]), "empty text"),
        (lambda ds: _set(ds, "ro_value", [np.nan]), "ro_value: NaN"),
        (lambda ds: _set(ds, "ro_lower", [2.0]).pipe(_set, "ro_upper", [1.0]), "than ro_upper"),
        (lambda ds: ds.assign_coords(quantile=[0.0, 0.5, 1.5]), "between 0 and 1"),
        (lambda ds: ds.assign_coords(quantile=[0.5, 0.0, 1.0]), "must increase"),
        (
            lambda ds: _set(ds, "cov_value", [[40, 70, 60]]),
            r"must not decrease .*at \[0, 2\] \(60\)",
        ),
        (lambda ds: _set(ds, "cov_unit", ["kgs per"]), "'kgs per' is not a unit"),
        (
            lambda ds: ds.assign_attrs(source='{"doi": "x", "year": 1, "title": "t"}'),
            "no 'authors'",
        ),
        (lambda ds: ds.assign_attrs(id=""), "attribute id: is empty"),
    ],
)
def test_study_problems(change, message):
    assert re.search(message, only("study", change(make_study())))


def test_repeated_measurement_is_only_a_warning():
    ds = _set(make_study(), "obs_time", [7.0, 7.0, 7.0])
    assert [issue.level for issue in check_study(ds)] == ["warning"]
    validate_study(ds)


def test_study_of_one_kind_of_record_is_valid_and_of_none_is_not():
    ds = make_study()
    assert messages("study", ds.drop_dims(["readout", "covariate", "quantile"])) == []
    assert messages("study", ds.drop_dims(["observation", "covariate", "quantile"])) == []
    empty = ds.drop_dims(["observation", "readout", "covariate", "quantile"])
    assert "holds no observation" in only("study", empty)


@given(st.sampled_from(list(MAKERS)), st.data())
def test_checks_never_crash_when_anything_is_dropped_or_replaced(what, data):
    ds = MAKERS[what]()
    names = [str(name) for name in ds.variables]
    dropped = data.draw(st.lists(st.sampled_from(names), max_size=5, unique=True))
    spoilt = data.draw(st.sampled_from(names))
    filler = data.draw(st.sampled_from([np.nan, "x", 1, True, None]))
    changed = ds.assign({spoilt: (ds[spoilt].dims, np.full(ds[spoilt].shape, filler))})
    CHECKS[what](changed.drop_vars(dropped))


def test_every_empty_dataset_lists_problems():
    for what, validate in VALIDATORS.items():
        with pytest.raises(DataError, match=what):
            validate(xr.Dataset())


def test_status_messages_are_one_line_for_every_status():
    assert set(STATUS_MESSAGES) == set(Status)
    assert STATUS_MESSAGES[Status.OK] == ""
    for status in set(Status) - {Status.OK}:
        text = STATUS_MESSAGES[status]
        assert "\n" not in text
        assert ";" in text  # what happened; what to try


def test_status_attributes_pair_values_and_meanings():
    attrs = status_attributes()
    assert attrs["flag_values"][0] == 0
    assert len(attrs["flag_values"]) == len(attrs["flag_meanings"].split()) == len(Status)
    assert attrs["flag_meanings"].split()[0] == "ok"


def test_import_is_light():
    code = (
        "import sys, livingdrug.core.schema; "
        "print(sorted({'pint', 'xarray', 'pandas', 'scipy'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_parameter_may_be_infinite_for_what_never_happens():
    assert messages("cohort", _set(make_cohort(), "rho", [0.1, np.inf])) == []
