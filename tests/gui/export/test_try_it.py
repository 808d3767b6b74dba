from pathlib import Path

import pytest
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QLabel

from engine.store import tasks
from studio.bridge.task_watch import INTERVAL_MS
from studio.pages.export.predictions import PredictionRow, ProbabilityBars
from tests.gui.claiming import next_task
from tests.gui.exporting import (
    bundles,
    button,
    complete,
    drop,
    make_image,
    put_bundle,
    show_bundle,
    shown_predictions,
)

pytestmark = pytest.mark.gui


@pytest.fixture
def trying(qtbot, page, client, runs):
    """The page with a bundle to try."""
    folder = put_bundle(client, runs[1])
    show_bundle(qtbot, page, runs[1])
    return page, folder


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
    page._bundles.show_run(runs[1])
    qtbot.waitUntil(lambda: bundles(page).topLevelItemCount() == 2)
    assert not shown_predictions(page)


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
