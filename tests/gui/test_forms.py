from typing import Literal

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QComboBox, QLabel, QLineEdit, QToolButton

from engine.spec.card import Card
from engine.spec.catalog import Catalog
from engine.spec.options import Options, option
from engine.spec.run_spec import DatasetSpec, TrainingSpec
from studio.forms.from_schema import form_of_card, form_of_model

pytestmark = pytest.mark.gui


class Sample(Options):
    weight: float = option(0.5, "How much.", title="Weight α", source="Someone 2020", ge=0, le=1)
    count: int | None = option(None, "How many.", ge=1)
    kind: Literal["soft", "hard"] = option("soft", "Which.")
    depth: int = option(3, "How deep.", ge=1, visible_when={"kind": ["hard"]})
    on: bool = option(True, "Whether.")
    parts: tuple[float, ...] = option((0.5, 0.75), "Where.")


CARD = Card(
    kind="method", name="sample", title="Sample", summary="", options=Sample.model_json_schema()
)


@pytest.fixture
def form(qtbot):
    form = form_of_card(CARD)
    qtbot.addWidget(form)
    form.show()
    return form


def line(form, name):
    return form.editor(name).findChild(QLineEdit)


def type_into(qtbot, form, name, text):
    editor = line(form, name)
    editor.selectAll()
    qtbot.keyClick(editor, Qt.Key.Key_Delete)
    qtbot.keyClicks(editor, text)


def test_that_an_untouched_form_says_nothing(form):
    assert form.values() == {}
    assert form.problem() is None


def test_that_only_what_was_changed_is_said(qtbot, form):
    type_into(qtbot, form, "weight", "0.25")
    type_into(qtbot, form, "parts", "0.1, 0.9")
    qtbot.mouseClick(form.editor("on").findChild(QCheckBox), Qt.MouseButton.LeftButton)
    assert form.values() == {"weight": 0.25, "parts": [0.1, 0.9], "on": False}


def test_that_typing_the_default_changes_nothing(qtbot, form):
    type_into(qtbot, form, "weight", "0.50")
    assert form.values() == {}


def test_that_editing_is_told_but_setting_is_not(qtbot, form):
    with qtbot.assertNotEmitted(form.edited):
        form.set_values({"weight": 0.1})
    with qtbot.waitSignal(form.edited):
        type_into(qtbot, form, "weight", "0.2")


def test_that_set_values_puts_the_rest_back(form):
    form.set_values({"weight": 0.1, "kind": "hard"})
    form.set_values({"count": 4})
    assert form.values() == {"count": 4}


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("weight", "2", "must be at most 1"), ("weight", "much", "a number is needed"),
        ("weight", "", "a number is needed"), ("weight", "nan", "a number is needed"),
        ("count", "0", "at least 1"),
        ("count", "1.5", "a whole number is needed"), ("parts", "0.5, x", "a number is needed"),
    ],
)
def test_that_a_value_that_cannot_be_is_marked_in_place(qtbot, form, name, text, reason):
    type_into(qtbot, form, name, text)
    assert reason in form.reason(name)
    assert form.problem() is not None
    assert reason in form.problem()
    assert line(form, name).property("invalid") is True
    assert name not in form.values()


def test_that_an_optional_value_may_be_emptied(qtbot, form):
    form.set_values({"count": 4})
    type_into(qtbot, form, "count", "")
    assert form.problem() is None
    assert form.values() == {}


def test_that_a_changed_value_shows_a_dot_that_puts_it_back(qtbot, form):
    dot = form.findChild(QToolButton, "reset_weight")
    assert dot.isHidden()
    type_into(qtbot, form, "weight", "0.1")
    assert dot.isVisible()
    assert line(form, "weight").property("default") is False
    with qtbot.waitSignal(form.edited):
        qtbot.mouseClick(dot, Qt.MouseButton.LeftButton)
    assert line(form, "weight").text() == "0.5"
    assert dot.isHidden()


def test_that_an_option_that_does_not_matter_is_hidden_and_unsaid(qtbot, form):
    assert form.editor("depth").isHidden()
    choice = form.editor("kind").findChild(QComboBox)
    choice.setFocus()
    qtbot.keyClick(choice, Qt.Key.Key_Down)
    assert form.editor("depth").isVisible()
    type_into(qtbot, form, "depth", "5")
    assert form.values() == {"kind": "hard", "depth": 5}
    qtbot.keyClick(choice, Qt.Key.Key_Up)
    assert form.values() == {}


class Weighted(Options):
    beta: float = option(0.0, "Weight.", title="Teaching weight β", ge=0.0)
    dropout: float = option(0.5, "How often.", needs="beta", ge=0.0, le=1.0)


def test_that_an_option_without_effect_says_what_it_needs_and_keeps_its_value(qtbot):
    card = Card(kind="method", name="w", title="W", summary="",
                options=Weighted.model_json_schema())
    form = form_of_card(card)
    qtbot.addWidget(form)
    form.show()

    def hints():
        return {label.text() for label in form.findChildren(QLabel) if label.isVisible()}

    assert "needs β > 0" in hints()
    type_into(qtbot, form, "dropout", "0.9")
    assert form.values() == {"dropout": 0.9}
    assert "needs β > 0" in line(form, "dropout").accessibleDescription()
    type_into(qtbot, form, "beta", "1")
    assert "needs β > 0" not in hints()
    assert "0 – 1" in hints()
    assert form.values() == {"beta": 1.0, "dropout": 0.9}


def test_that_what_the_run_refuses_is_marked_until_it_takes_it(form):
    assert form.first_marked() is None
    form.mark({"kind": "this run wants it soft", "elsewhere": "no option of this form"})
    assert form.reason("kind") == "this run wants it soft"
    assert form.editor("kind").control.property("invalid") is True
    assert form.first_marked() is form.editor("kind")
    assert form.problem() is None
    form.mark({})
    assert form.reason("kind") == ""
    assert form.first_marked() is None


def test_that_a_hidden_invalid_value_stands_in_nobodys_way(form):
    form.set_values({"kind": "soft", "depth": 0})
    assert form.problem() is None


def test_that_help_default_and_source_are_in_the_tooltip(form):
    tip = line(form, "weight").toolTip()
    assert "How much." in tip
    assert "0.5" in tip
    assert "Someone 2020" in tip


def test_that_every_control_has_a_name_for_screen_readers(form):
    names = [form.editor(name).control.accessibleName() for name in Sample.model_fields]
    assert all(names)
    assert names[0] == "Weight α"


def test_that_the_recipe_is_checked_as_the_spec_checks_it(qtbot):
    form = form_of_model(TrainingSpec, "training")
    qtbot.addWidget(form)
    form.set_values({"lr": 0.0})
    assert "greater than 0" in form.reason("lr")
    form.set_values({"epochs": 3, "optimizer": "adamw"})
    assert form.problem() is None
    assert form.values() == {"epochs": 3, "optimizer": "adamw"}
    assert form.editor("momentum").isHidden()


def test_that_a_folder_can_be_typed(qtbot, tmp_path):
    form = form_of_model(DatasetSpec, "dataset", leave_out=("name",), folders=("root",))
    qtbot.addWidget(form)
    qtbot.keyClicks(line(form, "root"), str(tmp_path))
    assert form.values() == {"root": str(tmp_path)}


class Numbers(Options):
    seed: int = option(0, "Which.", ge=0, le=2**32 - 1)
    rate: float = option(0.5, "How fast.", ge=0.001, le=1.5)
    word: str = option("", "Says what.")


def test_that_ranges_of_integers_are_not_rounded_and_empty_defaults_not_named(qtbot):
    card = Card(kind="method", name="n", title="N", summary="", options=Numbers.model_json_schema())
    form = form_of_card(card)
    qtbot.addWidget(form)
    said = [label.text() for label in form.findChildren(QLabel)]
    assert {"0 – 4,294,967,295", "0.001 – 1.5"} <= set(said)
    assert "Default: 0" in line(form, "seed").toolTip()
    assert line(form, "word").toolTip().endswith("Says what.")
    assert form.findChild(QToolButton, "reset_seed").toolTip().endswith("the default, 0")
    assert form.findChild(QToolButton, "reset_word").toolTip().endswith("the default")


class Peers(Options):
    others: tuple[str, ...] = option((), "Who else.", card="backbone")
    teacher: str | None = option(None, "Who knows.", card="backbone")


@pytest.fixture
def peers(qtbot):
    names = ("resnet8", "resnet20", "vgg8")
    known = [Card(kind="backbone", name=n, title=n.upper(), summary="") for n in names]
    method = Card(kind="method", name="peers", title="Peers", summary="",
                  options=Peers.model_json_schema())
    form = form_of_card(method, Catalog([*known, method]))
    qtbot.addWidget(form)
    form.show()
    return form


def completions(form, name):
    completer = line(form, name).completer()
    model = completer.completionModel()
    return [model.index(row, 0).data() for row in range(model.rowCount())]


def pick_from_popup(qtbot, form, name, row):
    popup = line(form, name).completer().popup()
    qtbot.waitUntil(popup.isVisible)
    popup.setCurrentIndex(popup.model().index(row, 0))
    qtbot.keyClick(popup, Qt.Key.Key_Return)


def test_that_a_name_is_completed_after_those_that_are_there(qtbot, peers):
    type_into(qtbot, peers, "others", "vgg8, 20")
    assert completions(peers, "others") == ["resnet20  ·  RESNET20"]
    with qtbot.waitSignal(peers.edited):
        pick_from_popup(qtbot, peers, "others", 0)
    assert line(peers, "others").text() == "vgg8, resnet20"
    assert peers.values() == {"others": ["vgg8", "resnet20"]}


def test_that_a_button_offers_all_names_to_be_added(qtbot, peers):
    peers.set_values({"others": ["vgg8"]})
    qtbot.mouseClick(peers.findChild(QToolButton, "choose_others"), Qt.MouseButton.LeftButton)
    assert len(completions(peers, "others")) == 3
    pick_from_popup(qtbot, peers, "others", 0)
    assert peers.values() == {"others": ["vgg8", "resnet8"]}


def test_that_names_that_begin_so_come_first_and_all_of_a_line_is_seen(qtbot):
    names = ("msdnet_resnet_style_anytime_7", "preact_resnet8", "resnet8")
    title = "Title that is too long for a narrow list"
    known = [Card(kind="backbone", name=n, title=title, summary="") for n in names]
    method = Card(kind="method", name="peers", title="", summary="",
                  options=Peers.model_json_schema())
    form = form_of_card(method, Catalog([*known, method]))
    qtbot.addWidget(form)
    form.show()
    type_into(qtbot, form, "teacher", "ResNet")
    found = [text.split()[0] for text in completions(form, "teacher")]
    assert found == ["resnet8", "msdnet_resnet_style_anytime_7", "preact_resnet8"]
    popup = line(form, "teacher").completer().popup()
    qtbot.waitUntil(popup.isVisible)
    assert popup.viewport().width() >= popup.sizeHintForColumn(0)
    pick_from_popup(qtbot, form, "teacher", 0)
    assert form.values() == {"teacher": "resnet8"}


def test_that_a_single_name_is_replaced(qtbot, peers):
    peers.set_values({"teacher": "vgg8"})
    qtbot.mouseClick(peers.findChild(QToolButton, "choose_teacher"), Qt.MouseButton.LeftButton)
    pick_from_popup(qtbot, peers, "teacher", 1)
    assert peers.values() == {"teacher": "resnet20"}


@pytest.mark.parametrize("name", ["others", "teacher"])
def test_that_an_unknown_name_is_marked_with_the_nearest(qtbot, peers, name):
    type_into(qtbot, peers, name, "resnet2O")
    assert "unknown backbone 'resnet2O'; did you mean 'resnet20'?" in peers.reason(name)
    assert peers.reason(name) in peers.problem()
    assert line(peers, name).property("invalid") is True


def test_that_names_nobody_knows_are_left_as_text(qtbot):
    method = Card(kind="method", name="peers", title="Peers", summary="",
                  options=Peers.model_json_schema())
    form = form_of_card(method)
    qtbot.addWidget(form)
    form.set_values({"others": ["anything"]})
    assert form.problem() is None


@pytest.mark.parametrize(
    ("chosen", "shown"), [("none", set()), ("sam", {"sam_rho"}), ("asam", {"asam_rho"})]
)
def test_that_only_the_radius_of_the_chosen_sharpness_is_shown(qtbot, chosen, shown):
    form = form_of_model(TrainingSpec, "training")
    qtbot.addWidget(form)
    form.set_values({"sharpness": chosen})
    hidden = {name for name in ("sam_rho", "asam_rho") if form.editor(name).isHidden()}
    assert {"sam_rho", "asam_rho"} - hidden == shown
