from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QColor, QDropEvent, QGuiApplication, QImage
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QLabel,
    QLineEdit,
    QListWidget,
    QPushButton,
    QToolButton,
    QWidget,
)

from engine.spec.card import Card
from engine.spec.rows import Summary
from engine.spec.run_spec import BackboneSpec, RunSpec
from engine.spec.run_state import RunState
from engine.store import artifacts, cards, points, run_queue, staff, tasks
from studio.bridge.task_watch import INTERVAL_MS
from studio.pages.export.leave_early import SharesBar
from studio.pages.export.page import ExportPage
from studio.pages.export.predictions import PredictionRow, ProbabilityBars
from tests.gui.claiming import next_task

pytestmark = pytest.mark.gui

FORMATS = [
    Card(kind="export", name=name, title=name.upper(), summary="")
    for name in ("onnx", "safetensors")
]
NETWORKS = [
    Card(kind="backbone", name=trait, title=trait, summary="", traits=(trait,), facts=facts)
    for trait, facts in (("exits", {"num_exits": 2}), ("reparameterizable", {}), ("paths", {}))
]
CERTIFICATE = {
    "run": 1, "weights": "best", "step": 40, "params_training": 90_938, "params_deployed": 77_754,
    "params_removed": 13_184, "removed_modules": {"auxiliary": 13_184},
    "results": {"test/top1": 91.11},
    "formats": {"onnx": {
        "file": "model.onnx", "sha256": "7017" + 60 * "0", "bytes": 346_112,
        "top1_agreement": 1.0, "max_abs_logit_diff": 2.4e-6, "num_images": 450,
        "latency_ms_batch1": 0.03,
    }},
}


def complete(store, seed, backbone="resnet8"):
    run_queue.enqueue(store, [RunSpec(seed=seed, backbone=BackboneSpec(name=backbone))])
    claim = run_queue.claim(store, staff.hire(store, "run"))
    with store.write() as connection:
        points.append(connection, claim.run, {}, {"test/top1": Summary(90.0, 9, 91.0, 8)})
    run_queue.finish(store, claim, RunState.COMPLETED)
    return claim.run


def put_bundle(client, run, name="bundle", certificate=CERTIFICATE):
    folder = client.workspace.export_folder(run) / name
    folder.mkdir(parents=True)
    artifacts.record(client.store, run, "bundle", folder, num_bytes=1,
                     facts={"certificate": certificate})
    return folder


@pytest.fixture
def runs(client, monkeypatch):
    monkeypatch.setattr(client, "start_engine", lambda: None)
    cards.publish(client.store, [*FORMATS, *NETWORKS], "stamp")
    return [complete(client.store, seed) for seed in range(2)]


@pytest.fixture
def page(qtbot, context, runs):
    page = ExportPage(context)
    qtbot.addWidget(page)
    page.resize(1208, 744)
    page.show()
    view = page.findChild(QListWidget, "export_runs")
    qtbot.waitUntil(lambda: view.count() == 2 and len(page._options.formats()) == 2)
    return page


def button(page, name):
    return page.findChild(QPushButton, name)


def texts(widget):
    return [label.text() for label in widget.findChildren(QLabel) if label.isVisibleTo(widget)]


def certificate_texts(page):
    return texts(page.findChild(QWidget, "certificate"))


def test_that_long_names_of_runs_lose_their_middle_and_not_their_seed(page):
    view = page.findChild(QListWidget, "export_runs")
    assert view.textElideMode() == Qt.TextElideMode.ElideMiddle
    item, long = view.item(0), "12   sila slimmable_resnet_with_a_long_name cifar100 s{}"
    grabs = []
    for seed in (0, 4):
        item.setText(f"{long.format(seed)}\n90.00 test/top1")
        grabs.append(view.viewport().grab(view.visualItemRect(item)).toImage())
    assert view.fontMetrics().horizontalAdvance(long) > view.viewport().width()
    assert grabs[0] != grabs[1], "the seed is not seen"


def test_that_only_completed_runs_are_offered_newest_first(qtbot, page, client, runs):
    run_queue.enqueue(client.store, [RunSpec(seed=9)])
    third = complete_after(client, 3)
    view = page.findChild(QListWidget, "export_runs")
    qtbot.waitUntil(lambda: view.count() == 3)
    assert [view.item(row).text().split()[0] for row in range(3)] == [
        str(third), str(runs[1]), str(runs[0])
    ]


def complete_after(client, seed):
    """Complete the run that waits first."""
    claim = run_queue.claim(client.store, staff.hire(client.store, "run"))
    run_queue.finish(client.store, claim, RunState.COMPLETED)
    return claim.run


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


def test_that_the_certificate_of_a_new_bundle_is_shown(qtbot, page, client, runs):
    qtbot.mouseClick(button(page, "export_start"), Qt.MouseButton.LeftButton)
    task = next_task(qtbot, client)
    tasks.report(client.store, task.id, 1, 2, "proving onnx")
    qtbot.waitUntil(lambda: page._task.text() == f"Run {runs[1]}: proving onnx")
    put_bundle(client, runs[1])
    tasks.succeed(client.store, task.id, {"folder": "x", "certificate": CERTIFICATE})
    qtbot.waitUntil(lambda: "100 % same top-1" in certificate_texts(page))
    shown = certificate_texts(page)
    assert "77,754 of 90,938, exactly as many as in the plain backbone" in shown
    assert "13,184 parameters\nauxiliary: 13,184" in shown
    assert "model.onnx, 338.0 KiB" in shown
    assert button(page, "export_start").isEnabled()


def test_that_a_failed_export_says_why_and_can_be_tried_again(qtbot, page, client):
    qtbot.mouseClick(button(page, "export_start"), Qt.MouseButton.LeftButton)
    tasks.fail(client.store, next_task(qtbot, client).id, "the disk is full")
    said = page.findChild(QLabel, "export_said")
    qtbot.waitUntil(lambda: said.isVisible() and said.text() == "the disk is full")
    assert button(page, "export_start").isEnabled()


def test_that_an_export_can_be_cancelled(qtbot, page, client):
    qtbot.mouseClick(button(page, "export_start"), Qt.MouseButton.LeftButton)
    task = next_task(qtbot, client)
    cancel = page.findChild(QToolButton, "task_cancel")
    qtbot.mouseClick(cancel, Qt.MouseButton.LeftButton)
    said = page.findChild(QLabel, "export_said")
    qtbot.waitUntil(said.isVisible)
    assert said.text() == "The export was cancelled; no bundle was written."
    assert tasks.get_task(client.store, task.id).state == "cancelled"
    assert button(page, "export_start").isEnabled()
    assert not cancel.isVisible()


def test_that_options_fold_out_and_are_used(qtbot, page, client, tmp_path):
    assert not page.findChild(QComboBox, "export_weights").isVisible()
    button(page, "export_more").click()
    page.findChild(QCheckBox, "format_safetensors").setChecked(False)
    page.findChild(QComboBox, "export_weights").setCurrentIndex(1)
    qtbot.keyClicks(page._options._folder.control, str(tmp_path))
    button(page, "export_start").click()
    arguments = next_task(qtbot, client).arguments
    assert (arguments["formats"], arguments["weights"]) == (["onnx"], "last")
    assert arguments["out"] == str(tmp_path)


def put_curve(client, run, weights, top1):
    path = client.workspace.export_folder(run) / f"anytime-{weights}.json"
    facts = {"kind": "anytime", "weights": weights, "cost": [1e6, 2e6], "top1": top1}
    artifacts.record(client.store, run, "curve", path, num_bytes=1, facts=facts)


def look_at(qtbot, page, run):
    qtbot.waitUntil(lambda: page._runs.count() == 3)
    page._runs.choose(run)


def test_that_an_exit_is_chosen_by_what_it_reaches(qtbot, page, client):
    run = complete(client.store, 5, "exits")
    put_curve(client, run, "last", [70.0, 80.0])
    put_curve(client, run, "best", [71.0, 81.0])
    ships = page.findChild(QComboBox, "export_part")
    assert not ships.isVisible()
    look_at(qtbot, page, run)
    qtbot.waitUntil(lambda: "71.00 % test top-1" in ships.itemText(1))
    ships.setCurrentIndex(1)
    weights = page.findChild(QComboBox, "export_weights")
    weights.setCurrentIndex(1)
    weights.activated.emit(1)
    assert ships.currentText().startswith("Exit 1 of 2   ·   70.00 %")
    button(page, "export_start").click()
    assert next_task(qtbot, client).arguments["exit"] == 1
    page._runs.choose(1)
    assert not ships.isVisible()


def test_that_branches_are_folded_if_that_is_ticked(qtbot, page, client):
    run = complete(client.store, 5, "reparameterizable")
    look_at(qtbot, page, run)
    fold = page.findChild(QCheckBox, "export_fold")
    assert fold.isVisible()
    assert not fold.isChecked()
    fold.click()
    button(page, "export_start").click()
    assert next_task(qtbot, client).arguments["reparameterize"] is True


def test_that_skipping_blocks_is_promised_of_pytorch_alone(qtbot, page, client):
    look_at(qtbot, page, complete(client.store, 5, "paths"))
    said = page.findChild(QLabel, "export_part_help").text()
    assert "In PyTorch every image takes its own path" in said
    assert "the ONNX graph computes every block" in said


def test_that_no_format_is_no_export(page, client):
    for box in page.findChildren(QCheckBox):
        box.setChecked(False)
    button(page, "export_start").click()
    assert page.findChild(QLabel, "export_said").text() == "Tick at least one format."
    assert tasks.queued_tasks(client.store) == 0


def test_that_earlier_bundles_are_kept_at_hand(qtbot, page, client, runs):
    first = {**CERTIFICATE, "weights": "last"}
    put_bundle(client, runs[0], "one", first)
    put_bundle(client, runs[0], "two")
    page._runs.choose(runs[0])
    bundles = page.findChild(QComboBox, "export_bundles")
    qtbot.waitUntil(lambda: bundles.count() == 2)
    assert bundles.itemText(1).startswith("the whole network, last, ")
    assert bundles.itemData(0, Qt.ItemDataRole.ToolTipRole).endswith("two")
    bundles.setCurrentIndex(1)
    qtbot.waitUntil(lambda: "last, step 40" in certificate_texts(page))


def test_that_budgets_for_leaving_early_are_drawn(qtbot, page, client, runs):
    budget = {"expected_multiply_adds": 2e6, "test_top1": 81.5, "exit_shares": [0.25, 0.75],
              "thresholds": [0.9, 0.0]}
    part = {"name": "all 2 exits", "multiply_adds": [1e6, 2e6], "leave_early": [budget]}
    put_bundle(client, runs[1], certificate={**CERTIFICATE, "part": part})
    page._read_bundles(runs[1])
    qtbot.waitUntil(lambda: "81.50 %" in certificate_texts(page))
    bar = page.findChild(SharesBar)
    assert bar.accessibleName().startswith("exit 1: 25% of the images, from confidence 0.900; ex")
    assert not bar.grab().isNull()


def test_that_a_method_without_auxiliary_parts_says_that_nothing_was_stripped(
    qtbot, page, client, runs
):
    plain = {**CERTIFICATE, "params_training": 77_754, "params_removed": 0, "removed_modules": {}}
    put_bundle(client, runs[1], certificate=plain)
    page._read_bundles(runs[1])
    qtbot.waitUntil(
        lambda: "nothing: the method has no training-only parts" in certificate_texts(page)
    )


@pytest.fixture
def trying(qtbot, page, client, runs):
    """The page with a bundle to try."""
    folder = put_bundle(client, runs[1])
    page._read_bundles(runs[1])
    qtbot.waitUntil(lambda: button(page, "try_choose").isEnabled())
    return page, folder


def make_image(folder, name="cat.png"):
    image = QImage(20, 10, QImage.Format.Format_RGB32)
    image.fill(QColor("red"))
    path = folder / name
    image.save(str(path))
    return path


def drop(page, paths):
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    page._try.dropEvent(QDropEvent(
        QPointF(5, 5), Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    ))


def test_that_without_a_bundle_there_is_nothing_to_try(page):
    assert not button(page, "try_choose").isEnabled()
    assert not page._try.acceptDrops()


def test_that_dropped_images_are_shown_to_the_bundle(qtbot, trying, client, tmp_path):
    page, folder = trying
    good, bad = make_image(tmp_path), tmp_path / "bad.png"
    bad.write_text("no image")
    drop(page, [good, bad])
    task = next_task(qtbot, client)
    assert task.kind == "predict"
    assert task.arguments == {"bundle": str(folder), "images": [str(good), str(bad)]}
    top = [{"label": "cat", "probability": 0.9}, {"label": "dog", "probability": 0.1}]
    tasks.succeed(client.store, task.id, {"predictions": [
        {"file": str(good), "top": top, "ms": 1.5}, {"file": str(bad), "error": "not an image"},
    ]})
    qtbot.waitUntil(lambda: len(page.findChildren(PredictionRow)) == 2)
    assert page.findChild(ProbabilityBars).accessibleName() == "cat 90%, dog 10%"
    assert page.findChild(QLabel, "prediction_error").text() == "not an image"


def test_that_a_pasted_image_is_shown_to_the_bundle(qtbot, trying, client, tmp_path):
    page, _ = trying
    QGuiApplication.clipboard().setImage(QImage(str(make_image(tmp_path))))
    button(page, "try_paste").click()
    (path,) = next_task(qtbot, client).arguments["images"]
    assert QImage(path).size() == QImage(str(tmp_path / "cat.png")).size()
    assert Path(path).name == "pasted.png"


def test_that_pasting_nothing_says_so(page, trying):
    QGuiApplication.clipboard().clear()
    button(page, "try_paste").click()
    assert "no image to paste" in page.findChild(QLabel, "try_said").text()


def test_that_a_bundle_that_cannot_be_used_says_why(qtbot, trying, client, tmp_path):
    page, _ = trying
    drop(page, [make_image(tmp_path)])
    tasks.fail(client.store, next_task(qtbot, client).id, "model.onnx is gone")
    said = page.findChild(QLabel, "try_said")
    qtbot.waitUntil(lambda: said.text() == "model.onnx is gone")


def test_that_predictions_of_another_bundle_are_not_kept(qtbot, trying, client, runs, tmp_path):
    page, _ = trying
    drop(page, [make_image(tmp_path)])
    top = [{"label": "cat", "probability": 0.9}]
    answer = {"predictions": [{"file": str(tmp_path / "cat.png"), "top": top, "ms": 1.5}]}
    tasks.succeed(client.store, next_task(qtbot, client).id, answer)
    qtbot.waitUntil(lambda: len(shown_predictions(page)) == 1)
    put_bundle(client, runs[1], "newer")
    page._read_bundles(runs[1])
    qtbot.waitUntil(lambda: page.findChild(QComboBox, "export_bundles").count() == 2)
    assert not shown_predictions(page)


def shown_predictions(page):
    return [row for row in page.findChildren(PredictionRow) if row.isVisible()]


@pytest.mark.parametrize("answered", [False, True], ids=["asked", "answered"])
def test_that_a_prediction_under_way_does_not_land_under_another_bundle(
    qtbot, trying, client, context, tmp_path, answered
):
    page, _ = trying
    drop(page, [make_image(tmp_path)])
    task = next_task(qtbot, client)
    answer = {"predictions": [{"file": str(tmp_path / "cat.png"), "top": [], "ms": 1.5}]}
    if answered:
        page._try._watch.succeeded.emit(answer)  # its thumbnails are still being read
    page._try.set_bundle("another")
    assert not page._try._busy.isVisible()
    assert not page._try._watch.running
    tasks.succeed(client.store, task.id, answer)
    context.jobs.wait()
    qtbot.wait(2 * INTERVAL_MS)
    assert not shown_predictions(page)


def test_that_predictions_stay_while_another_run_completes(qtbot, trying, client, tmp_path):
    page, _ = trying
    drop(page, [make_image(tmp_path)])
    answer = {"predictions": [{"file": str(tmp_path / "cat.png"), "top": [], "ms": 1.5}]}
    tasks.succeed(client.store, next_task(qtbot, client).id, answer)
    qtbot.waitUntil(lambda: len(shown_predictions(page)) == 1)
    complete(client.store, 7)
    qtbot.waitUntil(lambda: page._runs.count() == 3)
    assert len(shown_predictions(page)) == 1


def test_that_a_run_that_is_not_completed_is_not_passed_off_as_another(
    qtbot, page, client, context
):
    waiting = run_queue.enqueue(client.store, [RunSpec(seed=9)])[0]
    context.selection.set_current(waiting)
    assert page._runs.current() is None
    assert not button(page, "export_start").isEnabled()
    assert button(page, "export_start").toolTip() == "Only a completed run can be exported."
    said = page.findChild(QLabel, "export_none")
    assert said.isVisible()
    assert said.text().startswith("Only a completed run")
    complete_after(client, 9)
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
