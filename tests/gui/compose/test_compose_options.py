import tomllib

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QTextDocumentFragment
from PySide6.QtWidgets import QCheckBox, QLabel, QLineEdit, QToolButton

from engine.spec.catalog import Catalog
from engine.spec.errors import StoreError
from engine.spec.options import Options, option
from engine.spec.run_spec import MethodSpec, RunSpec
from engine.spec.spec_file import dump_spec
from engine.store import cards
from studio.pages.compose.page import REMEMBERED
from studio.widgets.labels import tip
from tests.gui.composing import (
    CARDS,
    card,
    click_card,
    edit_as_toml,
    opened,
    row_of,
    said,
    start,
    type_into,
    wait_for_reason,
    wait_for_text,
)

pytestmark = pytest.mark.gui


def is_dimmed(page, part, title):
    return not row_of(page, part, title).flags() & Qt.ItemFlag.ItemIsUserCheckable


def reason_shown(page, part):
    line = page.findChild(QLabel, f"compose_{part}_reason")
    return line.text() if line.isVisible() else ""


def test_that_regularizers_go_into_every_run(qtbot, page):
    click_card(qtbot, page, "regularizer", "Mixup")
    click_card(qtbot, page, "regularizer", "Label smoothing")
    type_into(qtbot, page.editor.options.sections("regularizer")[0], "editor_alpha", "0.2")
    qtbot.waitUntil(lambda: "alpha = 0.2" in page._context.settings.get(REMEMBERED))
    draft = page.editor.draft()
    assert start(page).text() == "Queue 6 runs"
    assert {spec.arm() for spec in draft.specs()} == {"plain+mixup+smooth", "sila+mixup+smooth"}
    assert draft.to_table()["regularizers"] == {"mixup": {"alpha": 0.2}, "smooth": {}}


def test_that_every_run_can_be_made_without_the_regularizers_too(qtbot, page):
    box = page.findChild(QCheckBox, "compose_bare_too")
    assert not box.isVisible()
    click_card(qtbot, page, "regularizer", "Mixup")
    qtbot.waitUntil(box.isVisible)
    qtbot.mouseClick(box, Qt.MouseButton.LeftButton, pos=QPoint(8, box.height() // 2))
    wait_for_text(qtbot, page, "Queue 12 runs")
    said = page.findChild(QLabel, "preflight_runs").text()
    assert said == "2 methods × with and without regularizers × 3 seeds = 12"
    arms = [spec.arm() for spec in page.editor.draft().specs()]
    assert sorted(set(arms)) == ["plain", "plain+mixup", "sila", "sila+mixup"]


def test_that_regularizers_go_through_toml_and_back(qtbot, page):
    click_card(qtbot, page, "regularizer", "Mixup")
    dialog = edit_as_toml(qtbot, page)
    assert "[regularizers.mixup]" in dialog.text.toPlainText()
    table = tomllib.loads(dialog.text.toPlainText())
    table["regularizers"] = {"mixup": {"alpha": 0.4}}
    dialog.text.setPlainText(dump_spec(table))
    qtbot.mouseClick(dialog.apply, Qt.MouseButton.LeftButton)
    assert page.editor.draft().picks["regularizer"] == (
        {"name": "mixup", "options": {"alpha": 0.4}},
    )
    form = page.editor.options.sections("regularizer")[0].form
    assert form.findChild(QToolButton, "reset_alpha").isVisibleTo(form)


def test_that_what_cannot_be_combined_with_the_picks_is_dimmed_and_says_why(qtbot, page):
    click_card(qtbot, page, "regularizer", "Mixup")
    qtbot.waitUntil(lambda: is_dimmed(page, "regularizer", "CutMix"))
    said = "CutMix cannot be combined with Mixup: images are mixed in one way at a time"
    assert row_of(page, "regularizer", "CutMix").data(Qt.ItemDataRole.ToolTipRole) == said
    click_card(qtbot, page, "regularizer", "CutMix")
    assert page.editor.cards("regularizer").picked() == ["mixup"]
    assert reason_shown(page, "regularizer") == said
    click_card(qtbot, page, "regularizer", "Mixup")
    qtbot.waitUntil(lambda: not is_dimmed(page, "regularizer", "CutMix"))
    assert reason_shown(page, "regularizer") == ""


def test_that_a_dimmed_card_is_not_picked_with_the_keyboard_either(qtbot, page):
    click_card(qtbot, page, "method", "Deep Mutual Learning")
    qtbot.waitUntil(lambda: is_dimmed(page, "backbone", "MSDNet"))
    view = page.editor.cards("backbone").view
    view.setFocus()
    view.setCurrentIndex(row_of(page, "backbone", "MSDNet"))
    qtbot.keyClick(view, Qt.Key.Key_Space)
    assert page.editor.cards("backbone").picked() == ["resnet8"]
    said = "Deep Mutual Learning cannot be combined with MSDNet: its peers have one answer"
    assert reason_shown(page, "backbone") == said


def test_that_a_long_reason_is_broken_into_lines_where_the_mouse_tells_it(page):
    reason = "it cannot be, because of < and so on," * 4
    page.editor.cards("backbone").set_reasons({"resnet8": reason})
    told = row_of(page, "backbone", "ResNet-8").data(Qt.ItemDataRole.ToolTipRole)
    assert QTextDocumentFragment.fromHtml(told).toPlainText() == reason
    assert told.startswith("<p>"), "Qt breaks the lines of rich texts"


def test_that_lines_that_are_pasted_into_the_name_become_one(qtbot, page):
    name = page.findChild(QLineEdit, "compose_name")
    name.setText("first\u2028second \n third")
    assert page.editor.draft().name == "first second third"


def test_that_the_start_button_says_what_it_does_and_with_which_keys(page):
    assert start(page).text() == "Queue 6 runs"
    assert start(page).toolTip() == "Queue the runs of the new experiment (Ctrl+Return)"


def test_that_picks_that_clash_stop_the_start_and_can_be_dropped(qtbot, page):
    page._use({
        "backbone": {"name": "msdnet"}, "grid": {"method": [{"name": "plain"}, {"name": "dml"}]},
    })
    reason = "Deep Mutual Learning cannot be combined with MSDNet: its peers have one answer"
    assert said(page) == reason
    assert not start(page).isEnabled()
    assert start(page).toolTip().endswith(f"(Ctrl+Return): {reason}")
    click_card(qtbot, page, "method", "Deep Mutual Learning")
    qtbot.waitUntil(lambda: said(page) == "")
    assert page.editor.draft().names("method") == ["plain"]


def test_that_networks_named_in_options_are_completed_and_checked(qtbot, page):
    click_card(qtbot, page, "method", "Deep Mutual Learning")
    qtbot.waitUntil(lambda: page.findChild(QLineEdit, "editor_peer_backbones") is not None)
    type_into(qtbot, page, "editor_peer_backbones", "resnet2o")
    wait_for_reason(qtbot, page, "unknown backbone 'resnet2o'; did you mean 'resnet20'?")
    type_into(qtbot, page, "editor_peer_backbones", "resnet20")
    qtbot.waitUntil(lambda: said(page) == "")
    assert page.editor.draft().picks["method"][2]["options"] == {"peer_backbones": ["resnet20"]}


class KdOptions(Options):
    teacher: str = option("", "Who teaches.")
    alpha: float = option(0.9, "Weight.", title="Teaching weight α", ge=0.0, le=1.0)


KD = card("method", "kd", "Distillation", options=KdOptions.model_json_schema(), parts=("teacher",))


def test_that_completed_runs_are_offered_as_teachers_newest_first(
    qtbot, client, filling, resting, context
):
    cards.publish(client.store, [*CARDS, KD], "stamp")
    first, second, _ = filling.queue(seeds=(0, 1, 2))
    filling.complete(first)
    filling.complete(second)
    qtbot.waitUntil(lambda: context.feed.runs == client.runs())
    page = opened(qtbot, context)
    click_card(qtbot, page, "method", "Distillation")
    wait_for_reason(qtbot, page, "Distillation: Teacher: name a teacher, such as run:12")
    line = page.findChild(QLineEdit, "editor_teacher")
    assert line.property("invalid") is True
    assert line.placeholderText() == "run:12 or a bundle's folder"
    assert line.width() > line.fontMetrics().horizontalAdvance(line.placeholderText()) + 16
    qtbot.mouseClick(page.findChild(QToolButton, "choose_teacher"), Qt.MouseButton.LeftButton)
    popup = line.completer().popup()
    qtbot.waitUntil(popup.isVisible)
    offered = [popup.model().index(row, 0).data() for row in range(popup.model().rowCount())]
    rows = {run.id: run for run in context.feed.runs}
    assert offered == [
        f"run:{run}  ·  {rows[run].name}  ·  {rows[run].value('test/top1', 'best'):.2f} test/top1"
        for run in (second, first)
    ]
    assert popup.viewport().rect().contains(popup.visualRect(popup.model().index(1, 0)))
    popup.setCurrentIndex(popup.model().index(1, 0))
    qtbot.keyClick(popup, Qt.Key.Key_Return)
    assert page.editor.options.tables("method")[-1]["options"] == {"teacher": f"run:{first}"}
    qtbot.waitUntil(lambda: line.property("invalid") is False)


@pytest.fixture
def teaching(qtbot, client, filling, resting, context):
    """The page with Distillation picked; run 1 is completed, on the dataset that is picked."""
    cards.publish(client.store, [*CARDS, KD], "stamp")
    (run,) = filling.queue()
    filling.complete(run)
    qtbot.waitUntil(lambda: context.feed.runs == client.runs())
    page = opened(qtbot, context)
    click_card(qtbot, page, "method", "Distillation")
    qtbot.waitUntil(lambda: page.findChild(QLineEdit, "editor_teacher") is not None)
    return page


@pytest.mark.parametrize("teacher", ["foo", "run:99", "/"])
def test_that_a_teacher_that_is_refused_is_marked_at_its_field(qtbot, teaching, teacher):
    form = teaching.editor.options.sections("method")[-1].form
    type_into(qtbot, teaching, "editor_teacher", teacher)
    wait_for_reason(qtbot, teaching, f"teacher '{teacher}'")
    bar = teaching.findChild(QLabel, "compose_reason")
    assert tip(form.reason("teacher")) == bar.toolTip()
    assert form.editor("teacher").control.property("invalid") is True
    teaching.editor.options.verticalScrollBar().setValue(0)
    qtbot.mouseClick(bar, Qt.MouseButton.LeftButton)
    editor = form.editor("teacher")
    assert teaching.window().focusWidget() is editor.control
    assert not editor.visibleRegion().isEmpty()
    type_into(qtbot, teaching, "editor_teacher", "run:1")
    qtbot.waitUntil(lambda: said(teaching) == "")
    assert form.reason("teacher") == ""


def test_that_of_two_picks_only_the_refused_one_is_marked(qtbot, teaching):
    type_into(qtbot, teaching, "editor_teacher", "run:1")
    section = teaching.editor.options.sections("method")[-1]
    qtbot.mouseClick(section.findChild(QToolButton, "duplicate"), Qt.MouseButton.LeftButton)
    first, second = (s.form for s in teaching.editor.options.sections("method")[-2:])
    type_into(qtbot, second, "editor_teacher", "run:98")
    wait_for_reason(qtbot, teaching, "no run of that number")
    assert (first.reason("teacher"), second.reason("teacher")) == ("", said(teaching))


def test_that_peers_that_disagree_are_marked_where_they_are_named(qtbot, page):
    click_card(qtbot, page, "method", "Deep Mutual Learning")
    exits = CARDS[2].model_copy(update={"facts": {"num_exits": 4}, "traits": ()})
    page._on_catalog(Catalog([*CARDS[:2], exits, *CARDS[3:]]))
    type_into(qtbot, page, "editor_peer_backbones", "msdnet")
    wait_for_reason(qtbot, page, "Deep Mutual Learning: the peers (resnet8, msdnet) have 1, 4")
    form = page.editor.options.sections("method")[-1].form
    assert form.reason("peer_backbones").startswith("the peers (resnet8, msdnet) have 1, 4 exits")


def test_that_a_folder_that_is_needed_is_marked_where_it_is_named(qtbot, page):
    click_card(qtbot, page, "dataset", "Image folder")
    wait_for_reason(qtbot, page, "needs 'root'")
    digits, photos = page.editor.options.sections("dataset")
    assert "needs 'root'" in photos.spec_form.reason("root")
    assert digits.spec_form.reason("root") == ""


def test_that_runs_on_other_datasets_are_not_offered_as_teachers(qtbot, teaching):
    line = teaching.findChild(QLineEdit, "editor_teacher")
    assert line.completer().model().rowCount() == 1
    click_card(qtbot, teaching, "dataset", "CIFAR-100")
    click_card(qtbot, teaching, "dataset", "Digits")
    assert line.completer().model().rowCount() == 0


def test_that_the_store_is_asked_only_where_a_run_is_to_teach(client, monkeypatch):
    asked = []
    read = client.store.read
    monkeypatch.setattr(client.store, "read", lambda: asked.append(True) or read())
    client.check_teachers([RunSpec(), kd_spec("tv_resnet18")])
    assert asked == []
    with pytest.raises(StoreError, match="no run of that number"):
        client.check_teachers([RunSpec(), kd_spec("run:3")])
    assert asked == [True]


def kd_spec(teacher):
    return RunSpec(method=MethodSpec(name="kd", options={"teacher": teacher}))


def test_that_methods_are_said_to_ship_the_same_only_where_there_are_several(qtbot, page):
    label = page.findChild(QLabel, "preflight_parameters")
    assert "the same under every method" in label.text()
    click_card(qtbot, page, "method", "SiLa")
    qtbot.waitUntil(lambda: "every method" not in label.text())
    assert "ResNet-8" in label.text()


def test_that_three_regularizers_stay_in_sight_beneath_a_reason(qtbot, page):
    page._use({"backbone": {"name": "msdnet"}, "method": {"name": "plain"}})
    view = page.editor.cards("method").view
    view.setCurrentIndex(row_of(page, "method", "Deep Mutual Learning"))
    below = page.editor.cards("regularizer").view
    qtbot.waitUntil(lambda: bool(reason_shown(page, "method")))
    assert below.height() >= 3 * below.sizeHintForRow(0)
