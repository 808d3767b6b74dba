import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import (
    QLabel,
    QPlainTextEdit,
    QTreeWidget,
)

from engine.store import artifacts, runs
from engine.store.points import Points, append
from tests.gui.following import child, panels, show_tab
from tests.gui.listing import do, why_not

pytestmark = pytest.mark.gui


def test_that_what_a_run_asks_of_the_machine_has_a_tab_of_its_own(qtbot, page, client, filling):
    filling.queue()
    filling.train(1, 2)
    steps, times = np.array([40, 80]), 1.7e9 + np.array([60.0, 120.0])
    with client.store.write() as connection:
        for key, values in (("cpu", [90.0, 180.0]), ("memory", [500.0, 600.0])):
            append(connection, 1, {f"system/{key}": Points(steps, times, np.array(values))})
        peak = Points(steps[1:], times[1:], np.array([700.0]))
        append(connection, 1, {"system/peak_memory": peak})
    qtbot.waitUntil(lambda: "memory" in page._system.panels)
    assert list(page._system.panels) == ["cpu", "memory"]
    cpu, = page._system.panels["cpu"]._curves
    assert cpu.y.tolist() == [90.0, 180.0]
    assert cpu.x[1] - cpu.x[0] == pytest.approx(60)  # seconds of a short run
    memory, peak = page._system.panels["memory"]._curves
    assert memory.colour != peak.colour
    starts = {panel._view.viewRange()[0][0] for panel in page._system.panels.values()}
    assert list(starts) == [pytest.approx(60, abs=0.1)]
    assert not {"cpu", "memory", "system"} & panels(page).keys()


def test_that_gradients_have_a_curve_for_each_stage(qtbot, page, client, filling):
    filling.queue()
    filling.train(1, 2)
    steps, times = np.array([1, 51]), 1.7e9 + np.array([1.0, 2.0])
    with client.store.write() as connection:
        for stage, values in (("stem", [0.5, -0.2]), ("stages.1", [0.1, 0.3])):
            found = Points(steps, times, np.array(values))
            append(connection, 1, {f"gradient/cosine/{stage}": found})
    tab = page._gradients
    qtbot.waitUntil(lambda: "cosine" in tab.panels)
    stem, stage = tab.panels["cosine"]._curves
    assert (stem.name, stage.name) == ("stem", "stages.1")
    assert stem.y.tolist() == [0.5, -0.2]
    assert stem.colour != stage.colour
    assert not {"gradient", "cosine"} & panels(page).keys()


def test_that_the_log_is_read_on_while_it_is_looked_at(qtbot, page, client, filling, context):
    filling.queue()
    show_tab(page, "Log")
    text = child(page, QPlainTextEdit, "log.text")
    with client.store.write() as connection:
        runs.log(connection, 1, "the first line")
    qtbot.waitUntil(lambda: text.toPlainText().endswith("the first line"))
    with client.store.write() as connection:
        runs.log(connection, 1, "it went wrong", "error")
    qtbot.waitUntil(lambda: text.toPlainText().endswith("ERROR: it went wrong"))
    assert len(text.toPlainText().splitlines()) == 2
    do(context, "run.copy_log")
    assert QGuiApplication.clipboard().text() == text.toPlainText()


def test_that_a_run_left_and_come_back_to_shows_each_line_once(
    qtbot, page, context, client, filling
):
    filling.queue(seeds=(0, 1))
    with client.store.write() as connection:
        runs.log(connection, 1, "the only line")
    show_tab(page, "Log")
    qtbot.waitUntil(page._log.isVisible)
    for run in (1, 2, 1):  # before any of the answers comes
        context.selection.set_current(run)
    text = child(page, QPlainTextEdit, "log.text")
    qtbot.waitUntil(lambda: text.toPlainText().endswith("the only line"))
    qtbot.wait(200)
    assert len(text.toPlainText().splitlines()) == 1


def test_that_files_are_listed_with_their_sizes(
    qtbot, page, client, filling, context, monkeypatch
):
    filling.queue()
    folder = client.workspace.run_folder(1)
    path = folder / "weights_last.safetensors"
    artifacts.record(client.store, 1, "weights", path, step=200, num_bytes=300 * 1024)
    artifacts.record(client.store, 1, "checkpoint", folder / "checkpoint.pt", num_bytes=1024**2)
    show_tab(page, "Files")
    total = child(page, QLabel, "files.total")
    qtbot.waitUntil(lambda: total.text() == "2 files, 1.3 MiB")
    tree = child(page, QTreeWidget, "files.tree")
    item, = tree.findItems("weights", Qt.MatchFlag.MatchExactly)
    assert why_not(context, "run.copy_path") == "Select a file first"
    item.setSelected(True)
    do(context, "run.copy_path")
    assert QGuiApplication.clipboard().text() == str(path)
    asked = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: asked.append(url) is None)
    folder.mkdir(parents=True)
    do(context, "run.reveal_files")
    assert [url.toLocalFile() for url in asked] == [str(folder)]
