import tomllib

import pytest

from engine.registry import lookup
from engine.spec.bundled import bundled
from engine.spec.errors import SpecError, StoreError
from engine.spec.spec_file import expand, load_spec_file, load_table
from engine.spec.workspace import Workspace
from studio.pages.compose.draft import draft_of
from studio.pages.compose.presets import list_presets, own_folder, save_preset

OURS = sorted((bundled("assets") / "presets").glob("*.toml"))


@pytest.fixture
def place(tmp_path):
    return Workspace(tmp_path / "workspace")


def test_that_there_are_presets():
    names = {path.stem for path in OURS}
    assert names >= {"demo", "cifar10-resnet20", "small-data-teach", "photos"}


@pytest.mark.parametrize("path", OURS, ids=lambda path: path.stem)
def test_that_every_preset_names_what_is_registered_with_options_that_can_be(path):
    for spec in load_spec_file(path):
        lookup("dataset", spec.dataset.name).parse_options(spec.dataset.options)
        lookup("backbone", spec.backbone.name).parse_options(spec.backbone.options)
        lookup("method", spec.method.name).parse_options(spec.method.options)


@pytest.mark.parametrize("path", OURS, ids=lambda path: path.stem)
def test_that_every_preset_compares_with_plain_over_at_least_three_seeds(path):
    specs = load_spec_file(path)
    methods = {spec.method.name for spec in specs}
    assert "plain" in methods
    assert len(methods) > 1
    assert len({spec.seed for spec in specs}) >= 3


@pytest.mark.parametrize("path", OURS, ids=lambda path: path.stem)
def test_that_the_form_shows_the_whole_of_every_preset(path):
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    assert draft_of(table).specs() == expand(table)


def test_that_every_preset_says_what_it_is_for(place):
    assert all(preset.description for preset in list_presets(place))


def test_that_a_saved_preset_is_listed_after_ours_and_read_back(place):
    table = {"name": "mine", "seeds": [0, 1], "training": {"epochs": 3}}
    path = save_preset(place, "My first try!", table)
    assert path == own_folder(place) / "My-first-try.toml"
    *ours, mine = list_presets(place)
    assert [preset.own for preset in ours] == [False] * len(OURS)
    assert (mine.own, mine.name, load_table(mine.path)) == (True, "My-first-try", table)


@pytest.mark.parametrize("name", ["", "  ", "/", "../.."])
def test_that_a_preset_needs_a_name_that_a_file_can_have(place, name):
    with pytest.raises(SpecError, match="needs a name"):
        save_preset(place, name, {})


def test_that_a_preset_cannot_leave_its_folder(place):
    assert save_preset(place, "../../etc/x", {"name": "x"}).parent == own_folder(place)


def test_that_a_preset_that_cannot_be_written_says_so(place):
    place.root.mkdir(parents=True)
    own_folder(place).write_text("in the way")
    with pytest.raises(StoreError, match="cannot be written"):
        save_preset(place, "x", {})


def test_that_a_preset_that_is_gone_says_so(place):
    path = save_preset(place, "x", {"name": "x"})
    preset = list_presets(place)[-1]
    path.unlink()
    with pytest.raises(SpecError, match=r"^cannot read .*x\.toml: No such file"):
        load_table(preset.path)


def test_that_a_preset_is_read_as_the_command_line_reads_it(place):
    path = save_preset(place, "notepad", {})
    path.write_bytes("\ufeff# Of Windows\r\nname = 'notepad'\r\n".encode())
    preset = list_presets(place)[-1]
    assert preset.description == "Of Windows"
    assert expand(load_table(path)) == load_spec_file(path)


def test_that_a_preset_that_is_no_text_is_listed_and_says_so(place):
    save_preset(place, "x", {}).write_bytes(b"\xff\xfe")
    preset = list_presets(place)[-1]
    assert (preset.name, preset.description) == ("x", "")
    with pytest.raises(SpecError, match=r"^the file .*x\.toml is not text in UTF-8$"):
        load_table(preset.path)
