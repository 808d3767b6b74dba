from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QLabel,
    QLineEdit,
    QListWidget,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QToolButton,
    QWidget,
)

from engine.spec.run_spec import RunSpec
from engine.store import run_queue, tasks
from studio.pages.export.export_section import ExportSection
from studio.pages.export.page import ExportPage
from studio.plots.palette import run_colour
from studio.state.commands import Commands
from tests.gui.claiming import next_task
from tests.gui.clipping import clipped
from tests.gui.exporting import (
    CERTIFICATE,
    bundles,
    button,
    certificate_texts,
    complete_next,
    listed,
    put_bundle,
    show_bundle,
)
from tests.gui.listing import do, why_not
from tests.gui.pixels import picture, run_colours_in

pytestmark = pytest.mark.gui


def test_that_long_names_of_runs_lose_their_middle_and_not_their_seed(page):
    view = page.findChild(QListWidget, "export_runs")
    item, long = view.item(0), "12   sila slimmable_resnet_with_a_long_name cifar100 s{}"
    grabs = []
    for seed in (0, 4):
        item.setText(f"{long.format(seed)}\nbest weights: test 90.00 %")
        grabs.append(view.viewport().grab(view.visualItemRect(item)).toImage())
    assert view.fontMetrics().horizontalAdvance(long) > view.viewport().width()
    assert grabs[0] != grabs[1], "the seed is not seen"


@pytest.mark.parametrize("size", [(948, 640), (1204, 740)])
def test_that_options_unfold_with_room_for_all_of_them(qtbot, page, jobs, size):
    page.resize(*size)
    page.findChild(QListWidget, "export_runs").setCurrentRow(1)
    jobs.wait()
    qtbot.wait(20)
    qtbot.mouseClick(button(page, "export_more"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: clipped(page) == [], timeout=500)
    qtbot.mouseClick(page.findChild(QCheckBox, "format_onnx"), Qt.MouseButton.LeftButton)
    qtbot.mouseClick(page.findChild(QCheckBox, "format_onnx"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: clipped(page) == [], timeout=500)
    assert page.findChild(QWidget, "option_opset").isVisible()


def test_that_runs_have_their_colours_and_their_accuracy_is_told_whole(page, context):
    view = page.findChild(QListWidget, "export_runs")
    rows = {row.id: row for row in context.feed.runs}
    for at, run in enumerate(listed(page)):
        seen = picture(view.viewport(), view.visualItemRect(view.item(at)))
        assert run_colours_in(seen) == {run_colour(rows[run].colour)}
        view.item(at).setText(f"{run}   {'a long name ' * 9}\nbeste Gewichte: Test 100.00 %")
    assert clipped(page) == []


def test_that_only_completed_runs_are_offered_newest_first(qtbot, page, client, runs):
    run_queue.enqueue(client.store, [RunSpec(seed=9)])
    third = complete_next(client)
    view = page.findChild(QListWidget, "export_runs")
    qtbot.waitUntil(lambda: view.count() == 3)
    assert [view.item(row).text().split()[0] for row in range(3)] == [
        str(third), str(runs[1]), str(runs[0])
    ]
    assert view.item(1).text().splitlines()[1] == "best weights: test 91.00 %"


def test_that_a_search_hides_other_runs(qtbot, page):
    qtbot.keyClicks(page.findChild(QLineEdit, "export_search"), "s0")
    view = page.findChild(QListWidget, "export_runs")
    assert [view.item(row).isHidden() for row in range(2)] == [True, False]


def test_that_export_asks_for_the_run_with_all_formats_and_the_best_weights(
    qtbot, page, client, runs
):
    qtbot.mouseClick(button(page, "export_start"), Qt.MouseButton.LeftButton)
    task = next_task(qtbot, client)
    assert task.kind == "export"
    assert task.arguments == {
        "run": runs[1], "formats": ["onnx", "safetensors"], "weights": "best", "out": None
    }
    assert not button(page, "export_start").isEnabled()
    assert button(page, "export_start").toolTip().endswith(": An export is under way.")


def test_that_the_certificate_of_a_new_bundle_is_shown(qtbot, page, client, runs):
    exported = []
    page._context.selection.exported.connect(exported.append)
    page._context.commands.action("export.start").trigger()
    task = next_task(qtbot, client)
    tasks.report(client.store, task.id, 1, 2, "proving onnx")
    qtbot.waitUntil(lambda: page._export._task.text() == f"Run {runs[1]}: proving onnx")
    put_bundle(client, runs[1])
    tasks.succeed(client.store, task.id, {"folder": "x", "certificate": CERTIFICATE})
    qtbot.waitUntil(lambda: bundles(page).topLevelItemCount() == 1)
    qtbot.waitUntil(lambda: "13,184 parameters\nauxiliary: 13,184" in certificate_texts(page))
    assert button(page, "export_start").isEnabled()
    assert exported == [runs[1]]


@pytest.mark.parametrize("ends", [True, False])
def test_that_the_certificate_is_scrolled_to_when_an_export_ends(qtbot, page, client, runs, ends):
    page.resize(948, 480)
    button(page, "export_more").click()
    start = page._context.commands.action("export.start")
    start.trigger()
    task = next_task(qtbot, client)
    put_bundle(client, runs[1])
    if ends:
        tasks.succeed(client.store, task.id, {"folder": "x", "certificate": CERTIFICATE})
        qtbot.waitUntil(start.isEnabled)
    else:  # the bundle is found as any other is
        show_bundle(qtbot, page, runs[1])
    certificate, sight = page._bundles.certificate, page.findChild(QScrollArea, "export_scroll")
    qtbot.waitUntil(certificate.isVisible)
    qtbot.wait(50)
    top = certificate.mapTo(sight.viewport(), QPoint()).y()
    assert (0 <= top < sight.viewport().height() // 2) is ends


def test_that_formats_that_could_not_be_written_are_told(qtbot, page, client):
    page._context.commands.action("export.start").trigger()
    task = next_task(qtbot, client)
    not_written = {"safetensors": "the operator aten.x of stage.2 cannot be written"}
    result = {"folder": "x", "certificate": {**CERTIFICATE, "not_written": not_written}}
    tasks.succeed(client.store, task.id, result)
    said = page.findChild(QLabel, "export_said")
    qtbot.waitUntil(said.isVisible)
    assert said.text() == (
        "The bundle was written without safetensors: the operator aten.x of stage.2 cannot be "
        "written"
    )


def test_that_the_licence_is_asked_for_and_kept_with_the_workspace(
    qtbot, page, client, context, runs
):
    line = page.findChild(QLineEdit, "export_license")
    assert line.text() == ""
    button(page, "export_more").click()
    qtbot.keyClicks(line, "CC-BY-4.0")
    page._context.commands.action("export.start").trigger()
    assert next_task(qtbot, client).arguments["license"] == "CC-BY-4.0"
    qtbot.waitUntil(lambda: client.setting("export/license") == "CC-BY-4.0")
    another = ExportSection(replace(context, commands=Commands()))
    qtbot.addWidget(another)
    qtbot.waitUntil(lambda: another.options.arguments().get("license") == "CC-BY-4.0")


def test_that_a_failed_export_says_why_and_can_be_tried_again(qtbot, page, client):
    qtbot.mouseClick(button(page, "export_start"), Qt.MouseButton.LeftButton)
    tasks.fail(client.store, next_task(qtbot, client).id, "the disk is full")
    said = page.findChild(QLabel, "export_said")
    qtbot.waitUntil(lambda: said.isVisible() and said.text() == "the disk is full")
    assert button(page, "export_start").isEnabled()


def test_that_an_export_can_be_cancelled(qtbot, page, client, context):
    qtbot.mouseClick(button(page, "export_start"), Qt.MouseButton.LeftButton)
    task = next_task(qtbot, client)
    cancel = page._export.findChild(QToolButton, "task_cancel")
    do(context, "export.cancel")
    said = page.findChild(QLabel, "export_said")
    qtbot.waitUntil(said.isVisible)
    assert said.text() == "The export was cancelled; no bundle was written."
    assert tasks.get_task(client.store, task.id).state == "cancelled"
    assert button(page, "export_start").isEnabled()
    assert not cancel.isVisible()
    assert why_not(context, "export.cancel") == "Nothing is under way here"


def test_that_an_export_that_was_asked_for_by_keys_gives_the_focus_back(qtbot, page, client):
    start, cancel = button(page, "export_start"), page._export.findChild(QToolButton, "task_cancel")
    page.activateWindow()
    start.setFocus()
    qtbot.waitUntil(start.hasFocus)
    qtbot.keyClick(start, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: not start.isEnabled())
    progress = page.window().focusWidget()
    assert isinstance(progress, QProgressBar)
    qtbot.keyClick(progress, Qt.Key.Key_Space)
    task = next_task(qtbot, client)
    assert task.state == "running", "a second press cancels nothing"
    qtbot.keyClick(progress, Qt.Key.Key_Tab)
    assert cancel.hasFocus()
    tasks.fail(client.store, task.id, "the disk is full")
    qtbot.waitUntil(start.hasFocus)


def test_that_nothing_scrolls_sideways_in_the_smallest_window(qtbot, page, client, runs):
    put_bundle(client, runs[1])
    show_bundle(qtbot, page, runs[1])
    button(page, "export_more").click()
    bar = page.findChild(QScrollArea, "export_scroll").horizontalScrollBar()
    qtbot.waitUntil(lambda: page._export.options.isVisible())
    assert bar.maximum() == 0


def test_that_a_run_that_is_not_completed_is_not_passed_off_as_another(
    qtbot, page, client, context
):
    waiting = run_queue.enqueue(client.store, [RunSpec(seed=9)])[0]
    context.selection.set_current(waiting)
    assert page._runs.current() is None
    assert not button(page, "export_start").isEnabled()
    assert "Only a completed run can be exported." in button(page, "export_start").toolTip()
    said = page.findChild(QLabel, "export_none")
    assert said.isVisible()
    assert said.text().startswith("Only a completed run")
    complete_next(client)
    qtbot.waitUntil(lambda: page._runs.current() == waiting)
    assert button(page, "export_start").isEnabled()


def test_that_a_page_opened_for_a_run_that_is_not_completed_shows_none(
    qtbot, client, context, runs
):
    context.selection.set_current(run_queue.enqueue(client.store, [RunSpec(seed=9)])[0])
    page = ExportPage(context)
    qtbot.addWidget(page)
    page.show()
    qtbot.waitUntil(lambda: page._runs.count() == 2)
    assert page._runs.current() is None
    assert not button(page, "export_start").isEnabled()


def test_that_nothing_completed_offers_a_new_experiment(qtbot, context):
    page = ExportPage(context)
    qtbot.addWidget(page)
    page.show()
    with qtbot.waitSignal(context.selection.page_requested) as asked:
        page.findChild(QPushButton, "empty.button").click()
    assert asked.args == ["compose"]
