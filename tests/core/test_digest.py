import hashlib

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from livingdrug.core.digest import dataset_digest, sha256_file
from livingdrug.core.errors import DataError


def make():
    return xr.Dataset(
        {
            "a": (("subject", "time"), np.arange(6.0).reshape(2, 3), {"units": "cell", "n": 3}),
            "status": ("subject", np.zeros(2, dtype=np.int8)),
            "ok": ("subject", [True, False]),
            "name": ("subject", ["x", "long name"]),
        },
        coords={"subject": [1, 2], "time": [0.0, 1.0, 2.0]},
        attrs={"model": "m", "provenance": "{}", "timings": "1 s"},
    )


def test_file_digest(tmp_path):
    path = tmp_path / "x"
    path.write_bytes(b"abc")
    # FIPS 180-2, appendix B.1
    known = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert sha256_file(path) == known


def test_folder_digest_covers_names_and_contents(tmp_path):
    def folder(name, files):
        for key, text in files.items():
            target = tmp_path / name / key
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text)
        return sha256_file(tmp_path / name)

    first = folder("one", {"a/x": "1", "b": "2"})
    assert folder("two", {"b": "2", "a/x": "1"}) == first
    others = [{"a/x": "1", "b": "3"}, {"a/y": "1", "b": "2"}, {"a/x": "1"}, {"ax": "1", "b": "2"}]
    digests = {folder(f"other{n}", files) for n, files in enumerate(others)}
    assert len(digests | {first}) == 5


def test_unreadable_file_is_a_data_error(tmp_path):
    with pytest.raises(DataError, match="absent: cannot be read: No such file"):
        sha256_file(tmp_path / "absent")


def test_dataset_digest_ignores_what_does_not_matter():
    ds, base = make(), dataset_digest(make())
    same = {
        "order": ds[list(reversed(list(ds.data_vars)))],
        "big endian": ds.assign(a=ds.a.astype(">f8")),
        "memory order": ds.assign(a=(ds.a.dims, np.asfortranarray(ds.a.values), ds.a.attrs)),
        "provenance": ds.assign_attrs(provenance="other", timings="2 s"),
        "object text": ds.assign(name=ds.name.astype(object)),
        "wide text": ds.assign(name=ds.name.astype("U50")),
        "text type": ds.assign(name=ds.name.astype("T")),
        "numpy attribute": ds.assign(a=ds.a.assign_attrs(n=np.int64(3))),
        "attribute order": ds.assign(a=ds.a.drop_attrs().assign_attrs(n=3, units="cell")),
    }
    for reason, variant in same.items():
        assert dataset_digest(variant.assign_attrs(model="m")) == base, reason


def test_dataset_digest_notices_every_change():
    ds = make()
    variants = [
        ds,
        ds.assign(a=ds.a + 1e-15),
        ds.assign(a=ds.a.astype("f4")),
        ds.rename(a="b"),
        ds.rename(time="times"),
        ds.transpose(),
        ds.assign_attrs(model="n"),
        ds.assign(a=ds.a.assign_attrs(units="cells")),
        ds.assign(name=("subject", ["xl", "ong name"])),
        ds.assign_coords(subject=[1, 3]),
        ds.assign_coords(subject=["1", "2"]),
        ds.drop_vars("ok"),
    ]
    assert len({dataset_digest(variant) for variant in variants}) == len(variants)


def test_dataset_digest_is_the_same_everywhere():
    ds = xr.Dataset({"a": ("t", np.array([1.5, np.nan]))}, attrs={"k": "v"})
    parts = ["a", '[["t"], [2]]', "<f8"]
    expected = hashlib.sha256()
    for part in parts:
        expected.update(len(part).to_bytes(8, "little") + part.encode())
    expected.update(bytes.fromhex("000000000000f83f000000000000f87f"))
    for part in ("{}", '{"k": "v"}'):
        expected.update(len(part).to_bytes(8, "little") + part.encode())
    assert dataset_digest(ds) == expected.hexdigest()


def test_payload_of_nan_does_not_matter():
    odd = np.array([0x7FF8000000000001], dtype=np.uint64).view(np.float64)
    negative = -np.array([np.nan])
    plain = dataset_digest(xr.Dataset({"a": ("t", [np.nan])}))
    assert dataset_digest(xr.Dataset({"a": ("t", odd)})) == plain
    assert dataset_digest(xr.Dataset({"a": ("t", negative)})) == plain


def test_digest_does_not_change_the_dataset():
    odd = np.array([0x7FF8000000000001], dtype=np.uint64)
    ds = xr.Dataset({"a": ("t", odd.view(np.float64).copy())})
    dataset_digest(ds)
    assert ds["a"].values.view(np.uint64)[0] == odd[0]


@given(st.lists(st.text(max_size=5), min_size=1, max_size=5), st.data())
def test_texts_cannot_be_regrouped(texts, data):
    others = data.draw(st.lists(st.text(max_size=5), min_size=1, max_size=5))
    first, second = (
        dataset_digest(xr.Dataset({"a": ("t", np.array(items, dtype=object))}))
        for items in (texts, others)
    )
    assert (first == second) == (texts == others)


def test_objects_have_no_digest():
    ds = xr.Dataset({"a": ("t", np.array(["x", 3], dtype=object))})
    with pytest.raises(DataError, match="variable a: 3 is no text"):
        dataset_digest(ds)
    with pytest.raises(DataError, match="attribute of the dataset"):
        dataset_digest(xr.Dataset(attrs={"x": object()}))
