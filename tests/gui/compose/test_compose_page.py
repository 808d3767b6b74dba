import threading

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QInputDialog,
    QLabel,
    QLineEdit,
    QListView,
    QPushButton,
    QToolButton,
)

from engine.spec.errors import StoreError
from engine.spec.run_state import RunState
from engine.spec.spec_file import load_table
from engine.store import cards
from studio.pages.compose.page import REMEMBERED, ComposePage
from studio.pages.compose.presets import list_presets, save_preset
from tests.gui.composing import (
    CARDS,
    click_card,
    opened,
    said,
    start,
    type_into,
    wait_for_reason,
    wait_for_text,
)
from tests.gui.listing import do, why_not

pytestmark = pytest.mark.gui


def test_that_the_first_experiment_is_plain_against_sila_with_three_seeds(page):
    draft = page.editor.draft()
    assert draft.names("method") == ["plain", "sila"]
    assert draft.seeds == (0, 1, 2)
    assert start(page).text() == "Queue 6 runs"
    assert start(page).isEnabled()


def test_that_picks_make_a_grid(qtbot, page):
    click_card(qtbot, page, "backbone", "ResNet-20")
    wait_for_text(qtbot, page, "Queue 12 runs")
    click_card(qtbot, page, "method", "Plain")
    wait_for_text(qtbot, page, "Queue 6 runs")
    text = page.findChild(QLabel, "preflight_runs").text()
    assert text == "2 backbones × 3 seeds = 6"


def test_that_space_picks_the_card_under_the_cursor(qtbot, page):
    view = page.findChild(QListView, "compose_method")
    view.setFocus()
    view.setCurrentIndex(view.model().index(0, 0))
    assert view.currentIndex().data() == "Plain"
    qtbot.keyClick(view, Qt.Key.Key_Space)
    wait_for_text(qtbot, page, "Queue 3 runs")


def test_that_the_cheapest_card_comes_first(page):
    titles = [page.editor.cards("backbone").view.model().index(row, 0).data() for row in (0, 1)]
    assert titles == ["ResNet-8", "ResNet-20"]


def test_that_a_search_narrows_the_list_and_keeps_the_picks(qtbot, page):
    type_into(qtbot, page, "compose_method_search", "mutual")
    model = page.editor.cards("method").view.model()
    assert [model.index(row, 0).data() for row in range(model.rowCount())] == [
        "Deep Mutual Learning"
    ]
    assert page.editor.cards("method").picked() == ["plain", "sila"]


def test_that_deployed_parameters_are_exact_where_the_cards_say_so(qtbot, page):
    click_card(qtbot, page, "dataset", "CIFAR-100")
    click_card(qtbot, page, "dataset", "Digits")
    label = page.findChild(QLabel, "preflight_parameters")
    qtbot.waitUntil(lambda: "ResNet-8: 83,892 parameters" in label.text())


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("compose_seeds", "0-", "neither a whole number nor a range"),
        ("compose_seeds", "", "at least one seed"), ("compose_name", "", "needs a name"),
        ("editor_alpha", "-1", "must be at least 0"), ("editor_lr", "0", "greater than 0"),
        ("editor_epochs", "x", "a whole number is needed"),
    ],
)
def test_that_start_says_why_it_cannot(qtbot, page, name, text, reason):
    type_into(qtbot, page, name, text)
    wait_for_reason(qtbot, page, reason)
    assert not start(page).isEnabled()
    assert reason in start(page).toolTip()
    assert reason in page._context.commands.action("compose.start").toolTip()


@pytest.mark.parametrize(
    ("name", "text", "good", "reason"),
    [
        ("compose_seeds", "abc", "1-5", "neither a whole number"),
        ("compose_seeds", "5-1", "1-5", "runs backwards"),
        ("compose_seeds", "5" * 40, "5", "more digits"),
        ("compose_seeds", "", "0", "at least one seed"),
        ("compose_name", "", "mine", "needs a name"),
        ("compose_name", "  ", "mine", "needs a name"),
    ],
)
def test_that_a_line_that_cannot_be_is_marked_with_the_reason(
    qtbot, page, name, text, good, reason
):
    line = page.findChild(QLineEdit, name)
    usual = line.toolTip()
    assert usual
    type_into(qtbot, page, name, text)
    qtbot.waitUntil(lambda: line.property("invalid") is True)
    assert reason in line.toolTip()
    assert reason in line.accessibleDescription()
    type_into(qtbot, page, name, good)
    qtbot.waitUntil(lambda: line.property("invalid") is False)
    assert line.toolTip() == usual


def test_that_an_empty_name_hides_no_other_reason(qtbot, page):
    type_into(qtbot, page, "compose_name", "")
    wait_for_reason(qtbot, page, "needs a name")
    assert page.findChild(QLabel, "preflight_runs").text() == "2 methods × 3 seeds = 6"
    type_into(qtbot, page, "compose_seeds", "5-1")
    wait_for_reason(qtbot, page, "runs backwards")
    click_card(qtbot, page, "backbone", "ResNet-8")
    wait_for_reason(qtbot, page, "pick at least one backbone")
    assert "needs a name" in said(page)
    assert page.findChild(QLineEdit, "compose_seeds").property("invalid") is True
    assert page.findChild(QLineEdit, "compose_name").property("invalid") is True


def test_that_a_dataset_without_its_folder_cannot_start(qtbot, page):
    click_card(qtbot, page, "dataset", "Image folder")
    wait_for_reason(qtbot, page, "needs 'root'")
    photos = page.editor.options.sections("dataset")[1]
    type_into(qtbot, photos, "editor_root", "/photos")
    qtbot.waitUntil(lambda: said(page) == "")
    assert start(page).text() == "Queue 12 runs"


def test_that_nothing_picked_cannot_start(qtbot, page):
    click_card(qtbot, page, "backbone", "ResNet-8")
    wait_for_reason(qtbot, page, "pick at least one backbone")


def test_that_a_method_can_be_run_with_several_options(qtbot, page):
    section = page.editor.options.sections("method")[1]
    qtbot.mouseClick(section.findChild(QToolButton, "duplicate"), Qt.MouseButton.LeftButton)
    wait_for_reason(qtbot, page, "'sila' is picked twice")
    second = page.editor.options.sections("method")[2]
    type_into(qtbot, second, "editor_alpha", "1")
    wait_for_text(qtbot, page, "Queue 9 runs")
    qtbot.waitUntil(lambda: said(page) == "")
    grid = page.editor.draft().to_table()["grid"]
    assert grid["method"][2] == {"name": "sila", "options": {"alpha": 1.0}}
    qtbot.mouseClick(second.findChild(QToolButton, "remove"), Qt.MouseButton.LeftButton)
    wait_for_text(qtbot, page, "Queue 6 runs")


def test_that_the_pick_that_one_is_at_is_duplicated_and_removed_by_commands(
    qtbot, page, context
):
    page.activateWindow()
    qtbot.waitUntil(page.isActiveWindow)
    sila = page.editor.options.sections("method")[1]
    sila.form.editor("alpha").control.setFocus()
    do(context, "compose.duplicate")
    first, second = page.editor.options.sections("method")[1:]
    assert (first, second.card.name) == (sila, "sila")
    first.form.editor("alpha").control.setFocus()
    assert why_not(context, "compose.remove") == "Go to options that were added first"
    second.form.editor("alpha").control.setFocus()
    do(context, "compose.remove")
    assert page.editor.options.sections("method")[1:] == [sila]
    page.hide()
    assert why_not(context, "compose.duplicate") == "Go to the new experiment first"

def test_that_one_goes_to_what_stands_in_the_way_by_a_command(qtbot, page, context):
    assert why_not(context, "compose.problem") == "Nothing stands in the way"
    click_card(qtbot, page, "dataset", "Image folder")
    wait_for_reason(qtbot, page, "needs 'root'")
    do(context, "compose.problem")
    photos = page.editor.options.sections("dataset")[1]
    assert photos.isAncestorOf(page.window().focusWidget())


def test_that_start_queues_the_runs_and_shows_them(qtbot, page, client, context):
    type_into(qtbot, page, "compose_seeds", "4, 5")
    wait_for_text(qtbot, page, "Queue 4 runs")
    with qtbot.waitSignal(context.selection.page_requested) as asked:
        qtbot.mouseClick(start(page), Qt.MouseButton.LeftButton)
    assert asked.args == ["runs"]
    runs = client.runs()
    assert sorted((run.method, run.seed) for run in runs) == [
        ("plain", 4), ("plain", 5), ("sila", 4), ("sila", 5)
    ]
    assert {run.state for run in runs} == {RunState.QUEUED}
    assert sorted(context.selection.chosen) == sorted(run.id for run in runs)


def test_that_the_last_choices_are_remembered(qtbot, page, context):
    type_into(qtbot, page, "compose_seeds", "7")
    type_into(qtbot, page, "editor_epochs", "3")
    wait_for_text(qtbot, page, "Queue 2 runs")
    qtbot.waitUntil(lambda: "epochs = 3\n" in context.settings.get(REMEMBERED))
    again = ComposePage(renewed(context))
    qtbot.addWidget(again)
    qtbot.waitUntil(lambda: start(again).text() == "Queue 2 runs")
    assert again.editor.draft() == page.editor.draft()


def renewed(context):
    from dataclasses import replace

    from studio.state.commands import Commands

    return replace(context, commands=Commands())


@pytest.mark.parametrize("text", ["[trainin]\nepochs = 3", "name =", "x = " + "[" * 3000])
def test_that_remembered_nonsense_is_forgotten(qtbot, published, context, text):
    context.settings.put(REMEMBERED, text)
    page = opened(qtbot, context)
    assert start(page).text() == "Queue 6 runs"


def test_that_a_preset_fills_the_form(qtbot, page, context):
    save_preset(context.client.workspace, "small", {
        "name": "small", "seeds": [3], "method": {"name": "dml"}, "training": {"epochs": 2},
    })
    preset = list_presets(context.client.workspace)[-1]
    page._bar.preset_chosen.emit(preset)
    wait_for_text(qtbot, page, "Queue 1 run")
    assert page.editor.cards("method").picked() == ["dml"]


def test_that_a_preset_of_an_unknown_name_leaves_the_form_alone(qtbot, page, context):
    save_preset(context.client.workspace, "odd", {"method": {"name": "sula"}})
    before = page.editor.draft()
    with qtbot.waitSignal(context.messages.said) as told:
        page._bar.preset_chosen.emit(list_presets(context.client.workspace)[-1])
    assert "did you mean 'sila'" in told.args[0].text
    assert page.editor.draft() == before


def test_that_a_preset_that_is_nested_too_deeply_is_refused_in_one_line(qtbot, page, context):
    save_preset(context.client.workspace, "deep", {}).write_text("x = " + "[" * 3000)
    preset = list_presets(context.client.workspace)[-1]
    with qtbot.waitSignal(context.messages.said) as told:
        page._bar.preset_chosen.emit(preset)
    assert told.args[0].text == f"the file {preset.path} is nested too deeply"


def test_that_a_run_can_be_started_from(qtbot, page, client, context):
    spec = page.editor.draft().specs()[3]
    run = client.enqueue([spec.model_copy(update={"seed": 9})])[0]
    context.selection.start_from(run)
    wait_for_text(qtbot, page, "Queue 1 run")
    assert page.editor.draft().seeds == (9,)
    assert page.editor.draft().names("method") == ["sila"]


def test_that_a_catalogue_told_of_twice_leaves_the_forms_alone(page, client):
    section = page.editor.options.sections("method")[1]
    page._on_catalog(client.catalog())
    assert page.editor.options.sections("method")[1] is section


def test_that_without_a_catalogue_the_engine_is_started_and_waited_for(
    qtbot, client, context, monkeypatch
):
    started = []
    monkeypatch.setattr(client, "start_engine", lambda: started.append(True))
    page = ComposePage(context)
    qtbot.addWidget(page)
    page.show()
    qtbot.waitUntil(lambda: started == [True])
    assert not start(page).isVisible()
    assert page.minimumSizeHint().width() <= 948  # at 1024, nothing scrolls sideways
    cards.publish(client.store, CARDS, "stamp")
    qtbot.waitUntil(lambda: start(page).isVisible())
    assert start(page).text() == "Queue 6 runs"


def test_that_presets_are_read_and_written_off_the_gui_thread(
    qtbot, page, context, monkeypatch
):
    threads = set()

    def noted(work):
        def noting(*arguments):
            threads.add(threading.current_thread())
            return work(*arguments)
        return noting

    monkeypatch.setattr("studio.pages.compose.page.load_table", noted(load_table))
    monkeypatch.setattr("studio.pages.compose.page.save_preset", noted(save_preset))
    monkeypatch.setattr("studio.pages.compose.start_bar.list_presets", noted(list_presets))
    monkeypatch.setattr(QInputDialog, "getText", lambda *_, **__: ("mine", True))
    menu = page._bar.findChild(QPushButton, "compose_presets").menu()
    with qtbot.waitSignal(context.messages.said) as told:
        do(context, "compose.save_preset")
    assert told.args[0].text.endswith("mine.toml.")
    qtbot.waitUntil(lambda: menu.findChild(QAction, "preset_mine") is not None)
    menu.findChild(QAction, "preset_mine").trigger()
    context.jobs.wait()
    assert len(threads) >= 1
    assert threading.main_thread() not in threads


def test_that_a_preset_that_cannot_be_saved_says_why(qtbot, page, context, monkeypatch):
    monkeypatch.setattr(QInputDialog, "getText", lambda *_, **__: ("…", True))
    with qtbot.waitSignal(context.messages.said) as told:
        do(context, "compose.save_preset")
    assert "needs a name with at least one letter" in told.args[0].text


def test_that_an_engine_that_does_not_start_is_asked_again_by_a_command(
    qtbot, client, context, monkeypatch
):
    answers = [StoreError("the engine did not start; see engine.log")]

    def start_engine():
        if answers:
            raise answers.pop()
        cards.publish(client.store, CARDS, "stamp")

    monkeypatch.setattr(client, "start_engine", start_engine)
    page = ComposePage(context)
    qtbot.addWidget(page)
    page.show()
    button = page.findChild(QPushButton, "empty.button")
    qtbot.waitUntil(button.isVisible)
    do(context, "compose.retry")
    qtbot.waitUntil(lambda: start(page).isVisible())
    assert why_not(context, "compose.retry") == "The engine has told already"
