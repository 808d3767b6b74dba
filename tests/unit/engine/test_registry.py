import subprocess
import sys
import warnings

import pytest

from engine import registry
from engine.registry import entries, load_plugins, lookup, register, register_family
from engine.spec.card import KINDS
from engine.spec.errors import SpecError
from engine.spec.options import Options, option


@pytest.fixture
def own_registry(monkeypatch):
    """A copy of the registry, forgotten after the test."""
    load_plugins()
    monkeypatch.setattr(registry, "_entries", dict(registry._entries))
    monkeypatch.setattr(registry, "_families", dict(registry._families))
    yield
    load_plugins.cache_clear()


@pytest.fixture
def install(tmp_path, monkeypatch):
    """A function: put a plug-in package with its entry point where Python finds it."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def make(name, code):
        (tmp_path / f"{name}.py").write_text(code)
        info = tmp_path / f"{name}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[sila_studio.plugins]\n{name} = {name}\n")
        load_plugins.cache_clear()

    return make


METHOD = """
from engine.methods.plain import Plain
from engine.registry import register

@register("method", "{name}", title="T", summary="S")
class Mine(Plain):
    pass
"""


@pytest.mark.parametrize("kind", KINDS)
def test_that_every_kind_has_entries_with_whole_cards(kind):
    found = entries(kind)
    assert found
    for entry in found:
        assert entry.card.kind == kind
        assert entry.card.title
        assert entry.card.summary.endswith(".")
        assert lookup(kind, entry.card.name) is entry
    assert len({entry.card.name for entry in found}) == len(found)


@pytest.mark.parametrize("kind", KINDS)
def test_that_every_option_has_a_default_and_a_sentence_of_help(kind):
    for entry in entries(kind):
        assert entry.parse_options({}) == entry.options()
        for name, schema in entry.card.options.get("properties", {}).items():
            assert "default" in schema, name
            assert schema["description"].endswith("."), name


def test_that_an_unknown_name_is_refused_with_the_nearest():
    with pytest.raises(SpecError, match=r"^unknown method 'silla'; did you mean 'sila'\?$"):
        lookup("method", "silla")
    with pytest.raises(SpecError, match=r"unknown key 'alhpa' in .*; did you mean 'alpha'\?$"):
        lookup("method", "sila").parse_options({"alhpa": 1})


@pytest.mark.usefixtures("own_registry")
def test_that_a_name_belongs_to_one_module():
    def other(*_):
        return None

    with pytest.raises(ValueError, match=r"method 'plain' is registered by engine.methods.plain"):
        register("method", "plain", title="P", summary="S")(other)
    assert lookup("method", "plain").make.__module__ == "engine.methods.plain"


@pytest.mark.usefixtures("own_registry")
def test_that_what_is_registered_is_found_with_its_card():
    class Own(Options):
        size: int = option(3, "How large.", ge=1, unit="images")

    @register("metric", "mine", title="Mine", summary="S.", options=Own, facts={"unit": "%"})
    def mine(*_):
        return None

    entry = lookup("metric", "mine")
    assert entry.make is mine
    assert entry.card.option_defaults == {"size": 3}
    assert entry.card.facts == {"unit": "%"}
    assert entry.parse_options({"size": 4}) == Own(size=4)


@pytest.mark.usefixtures("own_registry")
def test_that_a_family_is_entered_when_one_of_it_or_the_whole_list_is_asked_for():
    entered = []

    def enter_all():
        entered.append(True)
        for name in ("kin_one", "kin_two"):
            register("metric", name, title="T", summary="S.")(enter_all)

    register_family("metric", "kin_", enter_all)
    lookup("metric", "top1")
    entries("method")
    assert not entered
    assert lookup("metric", "kin_two").card.name == "kin_two"
    assert [e.card.name for e in entries("metric")][-2:] == ["kin_one", "kin_two"]
    assert entered == [True]
    with pytest.raises(SpecError, match=r"unknown metric 'kin_too'; did you mean 'kin_two'\?$"):
        lookup("metric", "kin_too")


def test_that_the_nearest_name_may_be_one_of_a_family():
    with pytest.raises(SpecError, match=r"did you mean 'tv_googlenet'\?$"):
        lookup("backbone", "tv_googelnet")


@pytest.mark.long
def test_that_loading_the_plug_ins_imports_no_library_of_networks():
    code = (
        "import sys; from engine.registry import load_plugins, lookup; load_plugins(); "
        "lookup('backbone', 'resnet8'); "
        "sys.exit(bool({'torchvision', 'timm'} & sys.modules.keys()))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.usefixtures("own_registry")
def test_that_a_package_joins_through_its_entry_point(install):
    install("joining_plugin", METHOD.format(name="joined"))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert lookup("method", "joined").card.title == "T"


@pytest.mark.usefixtures("own_registry")
@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("import nothing_of_that_name", "No module named 'nothing_of_that_name'"),
        ("1 / 0", "division by zero"),
        ("def broken(:", "invalid syntax"),
        (METHOD.format(name="sila"), "method 'sila' is registered by engine.methods.sila already"),
    ],
    ids=["import", "error", "syntax", "duplicate"],
)
def test_that_a_broken_plug_in_is_warned_about_and_left_out(install, code, why, request):
    name = f"broken_{request.node.callspec.id}"
    install(name, code)
    with pytest.warns(UserWarning, match=f"plug-in '{name}' was left out: {why}"):
        load_plugins()
    assert lookup("method", "sila").make.__module__ == "engine.methods.sila"
