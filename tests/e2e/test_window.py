"""The real window against a real engine, driven by mouse and drop: the whole path once."""

import json
import re
import subprocess
import sys
from contextlib import contextmanager

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import (
    QApplication,
    QLabel,
    QLineEdit,
    QListView,
    QPushButton,
    QTableView,
    QToolButton,
    QWidget,
)

from engine.spec.run_state import RunState
from engine.spec.spec_file import load_spec_file
from engine.store import run_queue
from engine.store import runs as run_store
from studio.app import Studio
from studio.pages.export.predictions import PredictionRow
from studio.pages.export.try_it import TryIt
from studio.state.settings import Settings

pytestmark = [pytest.mark.e2e, pytest.mark.gui]

LEFT = Qt.MouseButton.LeftButton
START_MS, TRAIN_MS = 30_000, 120_000


@contextmanager
def opened(qtbot, workspace, tmp_path):
    """The studio, as `sila-studio` puts it together; closed as a person closes it."""
    studio = Studio(QApplication.instance(), workspace, Settings(tmp_path / "studio.ini"))
    studio.window.show()
    qtbot.waitUntil(lambda: studio.context is not None, timeout=START_MS)
    try:
        yield studio
    finally:
        studio.window.close()
        studio.close()
        studio.window.deleteLater()
        QApplication.processEvents()


def child(studio, kind, name):
    found = [w for w in studio.window.findChildren(kind, name) if w.isVisible()]
    assert found, f"no visible {name}"
    return found[0]


def click(qtbot, studio, name, kind=QWidget):
    button = child(studio, kind, name)
    assert button.isEnabled(), f"{name}: {button.toolTip()}"
    qtbot.mouseClick(button, LEFT)


def pick_card(qtbot, studio, part, title):
    view = child(studio, QListView, f"compose_{part}")
    model = view.model()
    titles = [model.index(row, 0).data() for row in range(model.rowCount())]
    index = model.index(titles.index(title), 0)
    view.scrollTo(index)
    at = view.visualRect(index).center() - QPoint(20, 0)
    qtbot.mouseClick(view.viewport(), LEFT, pos=at)


def type_into(qtbot, studio, name, text):
    line = child(studio, QLineEdit, name)
    line.selectAll()
    qtbot.keyClicks(line, text)
    qtbot.keyClick(line, Qt.Key.Key_Tab)


def labels(studio):
    said = " | ".join(w.text() for w in studio.window.findChildren(QLabel) if w.isVisible())
    return said.replace("\N{NO-BREAK SPACE}", " ")


def drop(widget, path):
    """Drop a file on a widget, as a file manager does."""
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path))])
    at, buttons = QPointF(widget.rect().center()), Qt.MouseButton.LeftButton
    none, copy = Qt.KeyboardModifier.NoModifier, Qt.DropAction.CopyAction
    enter = QDragEnterEvent(at.toPoint(), copy, mime, buttons, none)
    QApplication.sendEvent(widget, enter)
    assert enter.isAccepted()
    QApplication.sendEvent(widget, QDropEvent(at, copy, mime, buttons, none))


@pytest.mark.timeout(280)
def test_that_the_whole_path_can_be_walked_with_the_mouse(sila, qtbot, workspace, tmp_path, digit):
    with opened(qtbot, workspace, tmp_path) as studio:
        walk_compose(qtbot, studio)
        walk_runs(qtbot, studio)
        walk_compare(qtbot, studio)
        walk_export(qtbot, studio, tmp_path, digit)


def walk_compose(qtbot, studio):
    """Pick resnet8 × {plain, sila} × digits × 2 seeds, and press Start."""
    click(qtbot, studio, "rail.compose")
    start = studio.window.findChild(QPushButton, "compose_start")
    qtbot.waitUntil(lambda: start.text() == "Queue 6 runs", timeout=START_MS)  # the first choice
    pick_card(qtbot, studio, "method", "SiLa")  # off, and on again
    qtbot.waitUntil(lambda: start.text() == "Queue 3 runs")
    pick_card(qtbot, studio, "method", "SiLa")
    type_into(qtbot, studio, "compose_seeds", "0-1")
    type_into(qtbot, studio, "editor_epochs", "8")
    qtbot.waitUntil(lambda: start.text() == "Queue 4 runs")
    qtbot.mouseClick(start, LEFT)


def walk_runs(qtbot, studio):
    """Four runs queue, train live, and complete."""
    feed = studio.context.feed
    qtbot.waitUntil(lambda: len(feed.runs) == 4, timeout=START_MS)
    table = studio.window.findChild(QTableView, "runs.table")
    qtbot.waitUntil(lambda: table.isVisible() and table.model().rowCount() == 4)
    seen = set()

    def completed():
        seen.update((run.id, run.state, 0 < run.step < run.num_steps) for run in feed.runs)
        return all(run.state is RunState.COMPLETED for run in feed.runs)

    qtbot.waitUntil(completed, timeout=TRAIN_MS)
    assert any(state is RunState.QUEUED for _, state, _ in seen)
    assert any(state is RunState.RUNNING and halfway for _, state, halfway in seen)
    specs = [studio.context.client.spec(run.id) for run in feed.runs]
    assert {(s.backbone.name, s.method.name, s.dataset.name, s.seed) for s in specs} == {
        ("resnet8", method, "digits", seed) for method in ("plain", "sila") for seed in (0, 1)
    }
    first, last = (table.visualRect(table.model().index(row, 3)) for row in (0, 3))
    qtbot.mouseClick(table.viewport(), LEFT, pos=first.center())
    qtbot.mouseClick(table.viewport(), LEFT, Qt.KeyboardModifier.ShiftModifier, last.center())
    qtbot.waitUntil(lambda: child(studio, QLabel, "runs.selected").text() == "4 selected")


def walk_compare(qtbot, studio):
    """Mean ± std and the paired difference of the two variants; no winner from two seeds."""
    click(qtbot, studio, "run.compare.button", QToolButton)
    qtbot.waitUntil(lambda: "(n = 2)" in labels(studio), timeout=START_MS)
    shown = labels(studio)
    runs = studio.context.feed.runs
    for method in ("plain", "sila"):
        values = [run.value("test/top1") for run in runs if run.method == method]
        expected = f"{np.mean(values):.2f} ± {np.std(values, ddof=1):.2f}"
        assert expected in shown, shown
    assert re.search(r"[+−]?\d+\.\d\d\s+\([+−]?\d+\.\d\d to [+−]?\d+\.\d\d\)", shown), shown
    assert "not enough seeds" in shown


def walk_export(qtbot, studio, tmp_path, digit):
    """Export a SiLa run, read its certificate, verify it, and drop an image on Try it."""
    click(qtbot, studio, "rail.export")
    view = child(studio, QListView, "export_runs")
    runs = studio.context.feed.runs
    model = view.model()
    qtbot.waitUntil(lambda: model.rowCount() > 0, timeout=START_MS)
    texts = [str(model.index(row, 0).data()) for row in range(model.rowCount())]
    row = next(at for at, text in enumerate(texts) if "sila" in text.lower())
    chosen = next(run for run in runs if run.id == int(texts[row].split()[0]))
    qtbot.mouseClick(view.viewport(), LEFT, pos=view.visualRect(model.index(row, 0)).center())
    click(qtbot, studio, "export_start", QPushButton)
    exports = studio.context.client.workspace.root / "exports"
    qtbot.waitUntil(lambda: any(exports.glob("*/sila*/certificate.json")), timeout=TRAIN_MS)
    [path] = exports.glob("*/sila*/certificate.json")
    certificate = json.loads(path.read_text())
    assert certificate["method"] == "sila"
    assert certificate["params_deployed"] == chosen.params_deployed
    assert certificate["formats"]["onnx"]["top1_agreement"] == 1.0
    shown = studio.window.findChild(QWidget, "certificate")
    qtbot.waitUntil(shown.isVisible, timeout=START_MS)
    click(qtbot, studio, "export.verify.button", QToolButton)
    verdict = studio.window.findChild(QWidget, "export_verdict")
    qtbot.waitUntil(verdict.isVisible, timeout=TRAIN_MS)
    assert verdict.accessibleName().startswith("Verified: every byte"), labels(studio)

    image = tmp_path / "four.png"
    Image.fromarray(digit(4)).save(image)
    try_it = next(w for w in studio.window.findChildren(TryIt) if w.isVisible())
    drop(try_it, image)

    def predicted():
        rows = [w for w in studio.window.findChildren(PredictionRow) if w.isVisible()]
        return len(rows) == 1 and "four.png" in labels(studio)

    qtbot.waitUntil(predicted, timeout=TRAIN_MS)
    told = child(studio, QLabel, "try_told").text()
    plain = next(run for run in runs if run.method == "plain" and run.seed == chosen.seed)
    assert told.startswith(f"model.onnx answered. Run {plain.id}, {plain.name} (best weights), ")


def test_that_a_new_window_shows_the_training_that_the_closed_one_began(
    sila, store, spec, qtbot, workspace, tmp_path, wait, row
):
    sila("catalog")
    with opened(qtbot, workspace, tmp_path) as studio:
        studio.context.client.enqueue(load_spec_file(spec(epochs=200)))
        feed = studio.context.feed
        qtbot.waitUntil(
            lambda: any(r.state is RunState.RUNNING for r in feed.runs), timeout=START_MS
        )
    step = wait(lambda: row(1).step)
    wait(lambda: row(1).step > step + 10)
    with opened(qtbot, workspace, tmp_path) as studio:
        feed = studio.context.feed
        qtbot.waitUntil(lambda: any(r.step > step for r in feed.runs), timeout=START_MS)
        assert feed.runs[0].state is RunState.RUNNING
        run_queue.ask(store, 1, run_queue.STOP)
        qtbot.waitUntil(lambda: feed.runs[0].state is RunState.CANCELLED, timeout=START_MS)


DRIVER = """
import sys
from pathlib import Path
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from engine.spec.spec_file import load_spec_file
from engine.spec.workspace import Workspace
from studio.app import Studio
from studio.state.settings import Settings

app = QApplication([])
workspace, spec, settings = map(Path, sys.argv[1:])
studio = Studio(app, Workspace(workspace), Settings(settings))
studio.window.show()

def begin():
    if studio.context is None:
        QTimer.singleShot(50, begin)
        return
    studio.context.client.enqueue(load_spec_file(spec))

begin()
app.exec()
"""


def test_that_a_killed_window_takes_no_training_with_it(
    sila, store, spec, qtbot, workspace, tmp_path, wait, row
):
    sila("catalog")
    window = subprocess.Popen(
        [sys.executable, "-c", DRIVER, str(workspace.root), str(spec(epochs=200)),
         str(tmp_path / "other.ini")]
    )
    wait(lambda: run_store.list_runs(store))
    wait(lambda: row(1).epoch >= 2)
    window.kill()
    window.wait()
    step = row(1).step
    wait(lambda: row(1).step > step + 10)
    with opened(qtbot, workspace, tmp_path) as studio:
        feed = studio.context.feed
        qtbot.waitUntil(lambda: len(feed.runs) == 1 and feed.runs[0].step > step, timeout=START_MS)
        assert feed.runs[0].state is RunState.RUNNING
