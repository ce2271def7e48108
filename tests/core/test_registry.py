import importlib.metadata
import sys

import pytest

from livingdrug.core.errors import CapabilityError, OptionError, UnknownNameError
from livingdrug.core.registry import PluginConflictWarning, Registry

GROUP = "livingdrug.test_plugins"


@pytest.fixture
def plugin_folder(tmp_path, monkeypatch):
    """A folder on the path, with a module that an installed package offers under two names."""
    (tmp_path / "ld_plugin.py").write_text(
        "class Inner:\n    value = 42\n\nfast = 'from package'\n"
    )
    info = tmp_path / "ld_plugin-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: ld-plugin\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        f"[{GROUP}]\nquick = ld_plugin:fast\nnested = ld_plugin:Inner.value\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "ld_plugin", raising=False)
    yield tmp_path
    sys.modules.pop("ld_plugin", None)


def test_names_import_nothing(plugin_folder):
    registry = Registry("backend", {"native": "no_such_module:thing"}, GROUP)
    assert registry.names() == ("native", "nested", "quick")
    assert list(registry) == ["native", "nested", "quick"]
    assert len(registry) == 3
    assert "quick" in registry
    assert "slow" not in registry
    assert "ld_plugin" not in sys.modules


def test_plugins_load_on_first_use_and_once(plugin_folder):
    registry = Registry("backend", {}, GROUP)
    assert registry.get("quick") == "from package"
    assert registry.get("nested") == 42
    first = Registry("class", {"inner": "ld_plugin:Inner"})
    assert first.get("inner") is first.get("inner")


def test_packages_cannot_take_over_a_builtin_name(plugin_folder):
    registry = Registry("backend", {"quick": "json:dumps"}, GROUP)
    with pytest.warns(PluginConflictWarning, match="ld-plugin offers a backend named 'quick'"):
        assert registry.names() == ("nested", "quick")
    assert registry.get("quick")([]) == "[]"  # and no second warning


def test_unknown_name_lists_the_nearest():
    registry = Registry("backend", {"native": "json:dumps", "reference": "json:loads"})
    with pytest.raises(UnknownNameError, match=r"unknown backend 'natve'.*'native'"):
        registry.get("natve")


@pytest.mark.parametrize("target", ["no_such_module:x", "json:no_such_attribute"])
def test_plugin_that_does_not_load_is_named(target):
    with pytest.raises(CapabilityError, match=f"backend 'x' \\({target}\\) cannot be loaded"):
        Registry("backend", {"x": target}).get("x")


def test_registering(plugin_folder):
    registry = Registry("backend", {"a": "json:dumps"})
    registry.register("b", "json:loads")
    registry.register("a", "json:dumps")  # the same again is no conflict
    assert registry.names() == ("a", "b")
    with pytest.raises(OptionError, match="'a' is taken by 'json:dumps'"):
        registry.register("a", "json:loads")
    for target in ("json", "json:", ":dumps"):
        with pytest.raises(OptionError, match="write it 'module:attribute'"):
            registry.register("c", target)


def test_no_group_means_no_search(monkeypatch):
    def search(**_):
        pytest.fail("installed packages were searched")

    monkeypatch.setattr(importlib.metadata, "entry_points", search)
    assert Registry("x", {"a": "json:dumps"}).names() == ("a",)
