"""Every page in the smallest window we promise, light and dark, with no run, one and many."""

import pytest
from PySide6.QtCore import QPoint, QRect
from PySide6.QtWidgets import QAbstractButton, QComboBox, QLabel, QLineEdit, QScrollArea

from engine.spec.run_spec import MethodSpec, RunSpec
from engine.store import run_queue
from engine.store.connect import open_store
from studio.app import PAGES, Studio
from studio.state.settings import LANGUAGE
from studio.theme.theme import apply_theme

pytestmark = pytest.mark.gui
SIZE = (1024, 700)
METHODS = ("plain", "sila", "dml", "sila_dml")


@pytest.fixture
def opened(qtbot, qapp, workspace, settings, monkeypatch):
    """A function: open the window over so many runs."""
    monkeypatch.setattr("studio.bridge.client.ensure_engine", lambda *_, **__: None)
    made = []

    def open_window(runs):
        store = open_store(workspace)
        run_queue.enqueue(store, [
            RunSpec(seed=i // 4, method=MethodSpec(name=METHODS[i % 4])) for i in range(runs)
        ])
        store.close()
        studio = Studio(qapp, workspace, settings)
        made.append(studio)
        qtbot.addWidget(studio.window)
        studio.window.resize(*SIZE)
        studio.window.show()
        qtbot.waitUntil(lambda: studio.context is not None)
        qtbot.waitUntil(lambda: len(studio.context.feed.runs) == runs)
        return studio

    yield open_window
    for studio in made:
        studio.window.close()
        studio.close()
    apply_theme(qapp, "light")


def clipped(page):
    """Texts of a page that are not seen whole though nothing scrolls to them."""
    return [
        f"{kind.__name__} {widget.objectName()!r} {_text(widget)!r}"
        for kind in (QAbstractButton, QComboBox, QLabel, QLineEdit)
        for widget in page.findChildren(kind)
        if widget.isVisible() and widget.width() and _cut(widget)
    ]


def _text(widget):
    return widget.text() if hasattr(widget, "text") else widget.currentText()


def _cut(widget):
    text = _text(widget)
    if not text or "…" in text:
        return False
    if isinstance(widget, QLabel):
        wide = widget.wordWrap() or widget.minimumSizeHint().width() <= 0
        if not wide and widget.width() < widget.sizeHint().width() - 1:
            return widget.toolTip() == ""  # a name that is cut is told in full under the mouse
    elif isinstance(widget, QAbstractButton) and widget.width() < widget.minimumSizeHint().width():
        return True
    return _beyond(widget)


def _beyond(widget):
    """Whether a widget reaches over the right edge of what it lies in, up to what scrolls."""
    around = widget.parentWidget()
    while around is not None:
        if isinstance(around, QScrollArea):
            return around.horizontalScrollBar().maximum() > 0
        at = QRect(widget.mapTo(around, QPoint()), widget.size())
        if at.right() > around.width() or at.left() < 0:
            return True
        around = around.parentWidget()
    return False


def test_that_what_is_cut_is_found(qtbot, opened):
    studio = opened(0)
    label = studio.window.page.findChild(QLabel)
    label.setText("a text that has no room here " * 9)
    label.setFixedWidth(120)
    label.show()
    assert any("no room" in text for text in clipped(studio.window))


def cut_anywhere(qapp, studio, runs):
    """What is clipped on any page."""
    found = []
    for page in PAGES:
        if runs:
            studio.context.selection.open_run(1)
        studio.window.show_page(page.id)
        for _ in range(5):
            qapp.processEvents()
        assert not studio.window.grab().isNull()
        assert (studio.window.width(), studio.window.height()) == SIZE
        found += [f"{page.id}: {text}" for text in clipped(studio.window)]
    return found


@pytest.mark.parametrize("runs", [0, 1, 200])
def test_that_every_page_is_seen_whole(qtbot, qapp, opened, runs):
    studio = opened(runs)
    for theme in ("light", "dark"):
        studio.context.settings.put("theme", theme)
        assert not cut_anywhere(qapp, studio, runs), theme


def test_that_every_page_is_seen_whole_in_german(qtbot, qapp, opened, settings):
    settings.put(LANGUAGE, "de")
    assert not cut_anywhere(qapp, opened(3), 3)
