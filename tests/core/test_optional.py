import sys

import pytest

from livingdrug.core.errors import CapabilityError
from livingdrug.core.optional import require


def test_installed_module_is_returned():
    assert require("json.decoder", "x", "decode") is sys.modules["json.decoder"]


def test_absent_package_names_the_extra_and_the_purpose():
    with pytest.raises(CapabilityError) as caught:
        require("no_such_package.part", "stats", "compare survival curves")
    text = str(caught.value)
    assert "'no_such_package' is needed to compare survival curves and is not installed" in text
    assert "pip install 'livingdrug[stats]'" in text


@pytest.mark.parametrize(
    "content", ["import no_such_dependency", "raise ImportError('libfoo.so: not found')"]
)
def test_broken_package_is_told_from_an_absent_one(tmp_path, monkeypatch, content):
    (tmp_path / "broken_package.py").write_text(content)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(CapabilityError, match="is installed, but loading 'broken_package' failed"):
        require("broken_package", "stats", "test")
