import base64
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication, QImage
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QComboBox,
    QFileDialog,
    QLabel,
    QScrollArea,
    QSpinBox,
    QWidget,
)

from engine.store import tasks
from studio.bridge.task_watch import INTERVAL_MS
from studio.pages.export import given_images
from studio.pages.export.given_images import gather
from studio.pages.export.predictions import PredictionRow, ProbabilityBars
from tests.gui.claiming import next_task
from tests.gui.exporting import (
    CERTIFICATE,
    OLD,
    bundles,
    button,
    choose,
    complete,
    drop,
    enabled,
    look_at,
    make_image,
    proof,
    put_bundle,
    show_bundle,
    shown_predictions,
    texts,
)
from tests.gui.listing import do, why_not

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
    assert not page._try.isVisible()


def test_that_dropped_images_are_shown_to_the_bundle(qtbot, trying, client, tmp_path):
    page, folder = trying
    good, bad = make_image(tmp_path), tmp_path / "bad.png"
    bad.write_text("no image")
    drop(page, [good, bad])
    task = next_task(qtbot, client)
    assert task.kind == "predict"
    assert task.arguments == {
        "bundle": str(folder), "images": [str(good), str(bad)], "format": "onnx",
    }
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
    page.activateWindow()
    page._runs.view.setFocus()
    qtbot.keyClick(page._runs.view, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    (path,) = next_task(qtbot, client).arguments["images"]
    assert QImage(path).size() == QImage(str(tmp_path / "cat.png")).size()
    assert Path(path).name == "pasted.png"


def an_image(task):
    """What a worker returns of the test set: an image of one pixel."""
    packed = {"shape": [1, 1, 1, 1], "data": base64.b64encode(b"x").decode(), "labels": [1]}
    return {"asked": task.arguments, "classes": ["cat", "dog/wolf"], "images": packed}


def test_that_who_has_no_image_tries_one_of_the_test_set(qtbot, trying, client, runs):
    page, _ = trying
    with qtbot.waitSignal(page._context.selection.bundle_tried):
        button(page, "try_test").click()
    task = next_task(qtbot, client)
    index, = task.arguments["indices"]
    assert (task.kind, task.arguments["run"], task.arguments["part"]) == ("images", runs[1], "test")
    assert 0 <= index < CERTIFICATE["data"]["images"]["test"]
    assert page._try._task.isVisible()
    tasks.succeed(client.store, task.id, an_image(task))
    assert answered(qtbot, page, client) == [f"test image {index}, class dog-wolf.png"]
    assert names(page) == [f"test image {index}, class dog-wolf.png"]


def test_that_a_test_image_is_not_shown_to_another_bundle(qtbot, trying, client):
    page, _ = trying
    button(page, "try_test").click()
    task = next_task(qtbot, client)
    page._try.set_bundle(replace(page._try._bundle, folder=Path("another")))
    tasks.succeed(client.store, task.id, an_image(task))
    qtbot.wait(2 * INTERVAL_MS)
    assert tasks.queued_tasks(client.store) == 0


def test_that_why_there_is_no_test_image_is_said(qtbot, trying, client, context):
    page, _ = trying
    button(page, "try_test").click()
    tasks.fail(client.store, next_task(qtbot, client).id, "the data are gone")
    qtbot.waitUntil(lambda: said(page) == "the data are gone")
    assert not page._try._task.isVisible()
    button(page, "try_test").click()
    next_task(qtbot, client)
    do(context, "export.cancel_trial")
    qtbot.waitUntil(lambda: said(page) == "No image of the test set was read.")


def test_that_a_bundle_that_says_nothing_of_its_data_offers_no_test_image(
    qtbot, page, client, runs, context
):
    put_bundle(client, runs[1], certificate=OLD)
    show_bundle(qtbot, page, runs[1])
    assert button(page, "try_choose").isEnabled()
    assert why_not(context, "export.try_test").startswith("The bundle does not say how many")


def test_that_pasting_nothing_says_so(page, trying):
    QGuiApplication.clipboard().clear()
    page._context.commands.action("export.try_paste").trigger()
    assert "no image to paste" in page.findChild(QLabel, "try_said").text()


def test_that_a_bundle_that_cannot_be_used_says_why(qtbot, trying, client, tmp_path):
    page, _ = trying
    drop(page, [make_image(tmp_path)])
    tasks.fail(client.store, next_task(qtbot, client).id, "model.onnx is gone")
    said = page.findChild(QLabel, "try_said")
    qtbot.waitUntil(lambda: said.text() == "model.onnx is gone")


def test_that_trying_can_be_cancelled(qtbot, trying, client, context, tmp_path):
    page, _ = trying
    drop(page, [make_image(tmp_path)])
    task = next_task(qtbot, client)
    do(context, "export.cancel_trial")
    qtbot.waitUntil(lambda: tasks.get_task(client.store, task.id).state == "cancelled")


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
        page._try._trial._watch.succeeded.emit(answer)  # its thumbnails are still being read
    page._try.set_bundle(replace(page._try._bundle, folder=Path("another")))
    assert not page._try._task.isVisible()
    assert not page._try._trial.is_asking
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


def answer(task, against=None, **said):
    """What a worker returns: every image is a cat; the other run names what `against` says."""
    top = [{"label": "cat", "probability": 0.9}]
    predictions = [{"file": file, "top": top, "ms": 1.5, **said} for file in
                   task.arguments["images"]]
    result = {"model": "model.onnx", "predictions": predictions}
    if against is not None:
        run = task.arguments["against"]
        result["against"] = {"run": run, "name": "plain resnet8", "model": None}
        for each, label in zip(predictions, against, strict=True):
            each["against"] = {"run": run, "label": label, "probability": 0.6}
    return result


def answered(qtbot, page, client, **said):
    """Let a worker answer the next prediction; returns the names of the images it was about."""
    task = next_task(qtbot, client)
    tasks.succeed(client.store, task.id, answer(task, **said))
    qtbot.waitUntil(lambda: not page._try._task.isVisible())
    return [Path(file).name for file in task.arguments["images"]]


def names(page):
    rows = page._try._list.shown()
    assert set(rows) == set(shown_predictions(page))
    return [texts(row)[1].partition("  ")[0] for row in rows]


def said(page):
    return page.findChild(QLabel, "try_said").text()


def told(page):
    return page.findChild(QLabel, "try_told").text()


@pytest.fixture
def folder(tmp_path):
    """A folder with images in it and below it, and with what is none."""
    (tmp_path / "all" / "b").mkdir(parents=True)
    (tmp_path / "all" / ".hidden").mkdir()
    for name in ("2.png", "1.png", "b/3.png", ".hidden/4.png", ".5.png"):
        make_image(tmp_path / "all", name)
    (tmp_path / "all" / "notes.txt").write_text("none")
    return tmp_path / "all"


def test_that_a_folder_stands_for_all_its_images(qtbot, trying, client, folder, tmp_path):
    page, _ = trying
    drop(page, [make_image(tmp_path), folder])
    assert answered(qtbot, page, client) == ["cat.png", "1.png", "2.png", "3.png"]
    assert said(page) == ""


def test_that_of_many_images_the_first_are_tried_and_all_are_counted(
    qtbot, trying, client, folder, monkeypatch
):
    monkeypatch.setattr(given_images, "MAX_IMAGES", 2)
    page, _ = trying
    drop(page, [folder])
    assert answered(qtbot, page, client) == ["1.png", "2.png"]
    assert said(page) == "The first 2 of 3 images are tried."
    assert gather([folder])[1] == 3


def test_that_a_folder_without_images_says_so(qtbot, trying, tmp_path):
    page, _ = trying
    (tmp_path / "empty" / "inner").mkdir(parents=True)
    drop(page, [tmp_path / "empty"])
    qtbot.waitUntil(lambda: "There is no image in" in said(page))
    assert str(tmp_path / "empty") in said(page)


@pytest.mark.parametrize(("command", "asked"), [
    ("choose", ["cat.png"]), ("folder", ["1.png", "2.png", "3.png"]),
])
def test_that_images_are_chosen_in_a_dialog(
    qtbot, trying, client, folder, tmp_path, monkeypatch, command, asked
):
    page, _ = trying
    image = str(make_image(tmp_path))
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *_: ([image], ""))
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(folder))
    action = page._context.commands.action(f"export.try_{command}")
    with qtbot.waitSignal(page._context.selection.page_requested) as page_asked:
        action.trigger()
    assert page_asked.args == ["export"]
    assert answered(qtbot, page, client) == asked


def test_that_what_is_new_stands_before_what_was_there_and_all_can_be_cleared(
    qtbot, trying, client, folder, tmp_path
):
    page, _ = trying
    assert not button(page, "try_clear").isEnabled()
    drop(page, [folder])
    answered(qtbot, page, client)
    drop(page, [make_image(tmp_path)])
    assert answered(qtbot, page, client) == ["cat.png"]
    assert names(page) == ["cat.png", "1.png", "2.png", "3.png"]
    drop(page, [folder / "2.png"])  # it may be another image by now
    assert answered(qtbot, page, client) == ["2.png"]
    assert names(page) == ["2.png", "cat.png", "1.png", "3.png"]
    page._context.commands.action("export.try_clear").trigger()
    assert names(page) == []
    assert not button(page, "try_clear").isEnabled()
    assert told(page) == "This run is plain itself."


def test_that_images_may_be_dropped_anywhere_on_the_page_and_are_scrolled_to(
    qtbot, trying, client, folder
):
    page, _ = trying
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(folder))])
    copy, left, none = (
        Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    )
    enter = QDragEnterEvent(QPoint(9, 9), copy, mime, left, none)
    QApplication.sendEvent(page, enter)
    assert enter.isAccepted()
    QApplication.sendEvent(page, QDropEvent(QPointF(9, 9), copy, mime, left, none))
    assert answered(qtbot, page, client) == ["1.png", "2.png", "3.png"]
    scroll = page.findChild(QScrollArea, "export_scroll")
    qtbot.waitUntil(lambda: not page._try.visibleRegion().isEmpty())
    scroll.verticalScrollBar().setValue(0)
    assert page._try.visibleRegion().isEmpty()
    page._context.commands.action("export.try").trigger()
    qtbot.waitUntil(lambda: not page._try.visibleRegion().isEmpty())


def test_that_the_page_stays_where_it_is_while_others_than_the_user_ask(
    qtbot, beside_plain, client, context, folder
):
    page = beside_plain
    drop(page, [folder / "1.png"])
    answered(qtbot, page, client, against=["cat"])
    qtbot.waitUntil(lambda: not page._try.visibleRegion().isEmpty())
    qtbot.wait(100)  # until what grew is laid out, and scrolled to
    page.findChild(QScrollArea, "export_scroll").verticalScrollBar().setValue(0)
    complete(client.store, 7, method="plain+mixup")
    context.selection.set_baseline("plain+mixup")
    answered(qtbot, page, client, against=["dog"])
    qtbot.wait(50)
    assert page._try.visibleRegion().isEmpty()


def test_that_what_is_dropped_while_others_are_asked_about_is_asked_too(
    qtbot, trying, client, folder, tmp_path
):
    page, _ = trying
    drop(page, [folder])
    next_task(qtbot, client)
    drop(page, [make_image(tmp_path)])
    assert answered(qtbot, page, client) == ["cat.png", "1.png", "2.png", "3.png"]


def test_that_another_file_of_the_bundle_answers_if_it_is_chosen(
    qtbot, page, client, runs, tmp_path
):
    formats = {"vino": proof("model.xml"), "early": proof("model.early_exit.onnx"),
               **CERTIFICATE["formats"]}
    put_bundle(client, runs[1], certificate={**CERTIFICATE, "formats": formats})
    show_bundle(qtbot, page, runs[1])
    files = page.findChild(QComboBox, "try_file")
    assert [files.itemText(at) for at in range(4)] == [
        "ONNX · model.onnx", "Early exit · model.early_exit.onnx", "int8 · model.int8.onnx",
        "Vino · model.xml",
    ]
    assert enabled(files) == [True, True, True, False]
    assert files.itemData(3, Qt.ItemDataRole.ToolTipRole) == (
        "Not installed: pip install 'sila-studio[vino]'"
    )
    drop(page, [make_image(tmp_path)])
    answered(qtbot, page, client)
    assert told(page).startswith("model.onnx answered.")
    leave_from = page.findChild(QSpinBox, "try_leave_from")
    assert not leave_from.isVisible()
    choose(files, 1)
    assert leave_from.isVisible()
    task = next_task(qtbot, client)
    assert (task.arguments["format"], task.arguments["leave_from"]) == ("early", 0.9)
    tasks.succeed(client.store, task.id, answer(task, exit=2, num_exits=4))
    qtbot.waitUntil(lambda: "cat.png  ·  1.5 ms, left at exit 2 of 4" in texts(page._try))
    leave_from.setValue(50)
    assert next_task(qtbot, client).arguments["leave_from"] == 0.5


@pytest.fixture
def beside_plain(qtbot, page, client, runs):
    """The page with a bundle of a run of which there are plain ones, too."""
    run = complete(client.store, 1, method="dml")
    put_bundle(client, run)
    look_at(qtbot, page, run)
    qtbot.waitUntil(lambda: page._try._bundle is not None)
    return page


def test_that_it_is_seen_where_the_plain_run_disagrees(
    qtbot, beside_plain, client, runs, folder
):
    page = beside_plain
    assert told(page) == f"Set against run {runs[1]}, plain resnet8 digits s1."
    only = page.findChild(QCheckBox, "try_only")
    assert not only.isVisible()
    drop(page, [folder])
    answered(qtbot, page, client, against=["cat", "dog", "cat"])
    assert told(page) == (
        f"model.onnx answered. Run {runs[1]}, plain resnet8 (best weights), disagrees on 1 of 3."
    )
    assert names(page) == ["1.png", "2.png", "3.png"]
    apart = page._try.findChildren(QWidget, "prediction_against")
    assert [texts(widget)[-1] for widget in apart] == ["Plain says: dog, 60%"]
    only.click()
    assert names(page) == ["2.png"]
    only.click()
    assert len(names(page)) == 3


def test_that_the_variant_with_the_star_is_asked_instead(
    qtbot, beside_plain, client, runs, context, folder
):
    page = beside_plain
    drop(page, [folder / "1.png"])
    answered(qtbot, page, client, against=["cat"])
    starred = complete(client.store, 7, method="plain+mixup")
    context.selection.set_baseline("plain+mixup")
    qtbot.waitUntil(lambda: page._try._rival is not None and page._try._rival.id == starred)
    task = next_task(qtbot, client)
    assert task.arguments["against"] == starred
    tasks.succeed(client.store, task.id, answer(task, against=["dog"]))
    qtbot.waitUntil(lambda: f"Run {starred} says: dog, 60%" in texts(page._try))


def test_that_why_the_plain_run_was_not_asked_is_said(qtbot, beside_plain, client, runs, folder):
    page = beside_plain
    drop(page, [folder / "1.png"])
    task = next_task(qtbot, client)
    error = {"run": runs[1], "error": "the weights are missing"}
    tasks.succeed(client.store, task.id, {**answer(task), "against": error})
    qtbot.waitUntil(lambda: f"Run {runs[1]} was not asked: the weights are missing." in told(page))


def test_that_without_a_plain_run_it_is_said_how_to_come_by_one(qtbot, page, client):
    run = complete(client.store, 1, "exits", method="dml")
    put_bundle(client, run)
    look_at(qtbot, page, run)
    qtbot.waitUntil(lambda: told(page).startswith("Train plain with the same backbone"))
