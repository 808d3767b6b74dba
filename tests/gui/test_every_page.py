"""Every page in a small window, light and dark, with no run, one and many."""

from contextlib import suppress

import numpy as np
import pytest
import shiboken6
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QLabel,
    QLineEdit,
    QListWidget,
    QMenu,
    QPushButton,
    QTabWidget,
    QTreeWidget,
    QWidget,
)

from engine.store import cards, staff, tasks
from engine.store.points import Points, append
from engine.store.predictions import Predictions, save_predictions
from studio.app import PAGES, Studio
from studio.state.settings import LANGUAGE
from studio.theme.theme import apply_theme
from studio.widgets.empty_state import EmptyState
from studio.widgets.layout import column
from tests.gui import backing
from tests.gui.clipping import clipped
from tests.gui.comparing import looked_at
from tests.gui.composing import said
from tests.gui.exporting import put_bundle
from tests.gui.inspecting import make_result, pack
from tests.gui.pixels import drawn_on, picture, place_of

pytestmark = pytest.mark.gui
SIZE, FIRST_SIZE = (1024, 700), (1280, 800)
"""The smallest window that we promise, and the one that opens first."""
SETTLED_MS = 1000
METHODS = ("plain", "sila", "dml", "sila_dml")
WHOLE = 12
"""So many runs, the first, have left all that a run can leave."""
UNDONE = 3
"""Of many runs: one is at work, the others wait."""
LEAST = 0.002
"""The share of a page that its emptiest sight, a word and a button, takes at least."""
LABELS = np.arange(60) % 10
CLASSES = [f"class {at}" for at in range(10)]
WITHOUT_RUNS = {"runs", "run", "compare", "export"}
"""The pages that have nothing to show then."""


@pytest.fixture(scope="module")
def catalogue():
    """What the engine publishes."""
    from engine.build import catalogue_entries

    return [entry.card for entry in catalogue_entries()]


@pytest.fixture
def opened(qtbot, qapp, client, filling, catalogue, settings, monkeypatch):
    """A function: open the window over so many runs, the first of them completed."""
    monkeypatch.setattr("studio.bridge.client.ensure_engine", lambda *_, **__: None)
    cards.publish(client.store, catalogue, "stamp")
    made = []

    def open_window(runs, size=SIZE):
        fill(filling, client, runs)
        studio = Studio(qapp, client.workspace, settings)
        made.append(studio)
        studio.window.resize(*size)
        studio.window.show()
        qtbot.waitUntil(lambda: studio.context is not None)
        qtbot.waitUntil(lambda: len(studio.context.feed.runs) == runs)
        qtbot.waitUntil(lambda: studio.context.feed.catalog is not None)
        return studio

    yield open_window
    for studio in made:
        studio.window.close()
        studio.close()
        shiboken6.delete(studio.window)  # else it is dressed once more below
    apply_theme(qapp, "light")


def fill(filling, client, runs):
    """Seeds of four methods, all but a few completed, the first with all that a run leaves."""
    ids = filling.queue(METHODS[:runs], range(-(-runs // len(METHODS))))[:runs]
    done = ids[:-UNDONE] if runs > WHOLE else ids
    for run in done:
        filling.complete(run)
    for run in done[:WHOLE]:
        leave_answers(client.workspace.run_folder(run), run)
        leave_curves(client.store, run)
    if done != ids:
        filling.train(ids[len(done)], 2)
    if runs:
        put_bundle(client, ids[0])


def leave_answers(folder, run):
    rng = np.random.default_rng(run)
    for part in ("val", "test"):
        wrong = rng.random(len(LABELS)) < 0.2
        predicted = np.where(wrong, (LABELS + 1) % 10, LABELS)
        confidence = rng.uniform(0.5, 1.0, len(LABELS)).astype(np.float32)
        save_predictions(folder, part, 200, Predictions(LABELS, predicted, confidence))


def leave_curves(store, run):
    steps = np.arange(1, 201, 20)
    points = Points(steps, 1.7e9 + 0.04 * steps, np.linspace(0.1, 0.9, len(steps)))
    keys = [f"gradient/{what}/stage{at}" for what in ("cosine", "ratio") for at in (1, 2, 3)]
    keys += [f"system/{what}" for what in ("cpu", "memory", "data_wait", "images_per_s")]
    with store.write() as connection:
        append(connection, run, dict.fromkeys(keys, points), {})


class Worker:
    """Does what pages ask for."""

    def __init__(self, client):
        self._store = client.store
        self._worker = staff.enter(client.store, "task")

    def work(self):
        """Do what is asked for by now."""
        while tasks.queued_tasks(self._store):
            task = tasks.claim_task(self._store, self._worker)
            tasks.succeed(self._store, task.id, getattr(self, f"_{task.kind}")(task.arguments))

    def _images(self, asked):
        images = np.zeros((len(asked["indices"]), 8, 8, 1), np.uint8)
        packed = pack(images, [0] * len(images))
        return {"asked": asked, "classes": CLASSES, "images": packed}

    def _inspect(self, _):
        return make_result()


class Tour:
    """Shows every page, with all that it has to show."""

    def __init__(self, qtbot, studio, worker):
        self._qtbot, self._studio, self._worker = qtbot, studio, worker
        runs = studio.context.feed.runs
        self._all = [run.id for run in runs]
        self._done = sorted(run.id for run in runs if run.state == "completed")

    def views(self):
        """The names of what is shown, one after the other."""
        for page in PAGES:
            if page.id == "run" and self._done:
                self._studio.context.selection.open_run(self._done[0])
            self._studio.window.show_page(page.id)
            yield from getattr(self, f"_{page.id}", self._as_it_is)(self._studio.window.page)

    def _as_it_is(self, page):
        yield self._studio.window.current_page

    def _compose(self, page):
        self._wait(lambda: said(page) == "" and page.findChild(QLineEdit).isVisible())
        yield "compose"

    def _run(self, page):
        tabs = page.findChild(QTabWidget, "run.tabs")
        for at in range(tabs.count() if self._done else 1):
            tabs.setCurrentIndex(at)
            if self._done:
                self._wait(lambda: not empty_states(page))
            yield f"run, {tabs.tabText(at)}"

    def _compare(self, page):
        self._studio.context.selection.choose(self._all)
        if self._done:
            self._wait(lambda: page.study is not None)
            assert len(page.study.rows) == len(self._all)
            looked_at(self._qtbot, page)
        yield "compare"

    def _export(self, page):
        if self._done:
            self._wait(lambda: page.findChild(QTreeWidget, "export_bundles") is not None)
            bundles = page.findChild(QTreeWidget, "export_bundles")
            self._wait(lambda: bundles.topLevelItemCount() and shown(page, "certificate"))
            # Before a picture is taken, which lays out what was not.
            more, listed = page.findChild(QPushButton, "export_more"), page.findChild(QListWidget)
            before = listed.currentRow()
            listed.setCurrentRow(0)  # of many runs one without a bundle
            self._rest()
            more.click()
            self._rest()
            yield "export, options"
            more.click()
            listed.setCurrentRow(before)
            self._wait(lambda: bundles.topLevelItemCount() and shown(page, "certificate"))
        yield "export"

    def _data(self, page):
        facts = page.findChild(QLabel, "data_facts")
        if not facts.isVisible():
            self._wait(page.findChild(QPushButton, "data_inspect").isEnabled)
            page.findChild(QPushButton, "data_inspect").click()
            self._wait(facts.isVisible)
        yield "data"

    def _settings(self, page):
        tabs = page.findChild(QTabWidget, "settings_tabs")
        for at in range(tabs.count()):
            tabs.setCurrentIndex(at)
            yield f"settings, {tabs.tabText(at)}"

    def _rest(self):
        """Let what was asked for be shown: what comes later lays the page out once more."""
        self._studio.context.jobs.wait()
        for _ in range(3):
            QApplication.processEvents()

    def _wait(self, is_so):
        def come_so_far():
            self._worker.work()
            return is_so()

        self._qtbot.waitUntil(come_so_far)


def empty_states(page):
    return [state for state in page.findChildren(EmptyState) if state.isVisible()]


def shown(page, name):
    return page.findChild(QWidget, name).isVisible()


def look_through(qtbot, studio, client, size=SIZE):
    """What is cut or does no command, and the pages that show nothing but what to do next."""
    found, empty = [], set()
    for name in Tour(qtbot, studio, Worker(client)).views():
        with suppress(qtbot.TimeoutError):  # pages are laid out anew as equations and images arrive
            qtbot.waitUntil(lambda: not clipped(studio.window), timeout=SETTLED_MS)
        page = studio.window.page
        assert drawn_on(picture(studio.window, place_of(studio.window, page))) > LEAST, name
        assert (studio.window.width(), studio.window.height()) == size
        found += [f"{name}: {text}" for text in clipped(studio.window)]
        bare, _ = backing.look(studio.window, studio.context.commands)
        found += [f"{name}: {button} is no command" for button in bare]
        if empty_states(studio.window.page):
            empty.add(studio.window.current_page)
    return found, empty


def controls(page):
    """What takes the keys by Tab, and does not hand them on."""
    by_tab = Qt.FocusPolicy.TabFocus
    return {
        widget for widget in page.findChildren(QWidget)
        if widget.focusPolicy() & by_tab == by_tab and not widget.focusProxy()
        and widget.isVisible() and widget.isEnabled()
    }


def tabbed(window):
    """What has the keys, from Tab to Tab, until something has them again."""
    seen = []
    while len(seen) == len(set(seen)):
        there = window.focusWidget()
        QTest.keyClick(there, Qt.Key.Key_Tab)
        if window.focusWidget() is there and isinstance(there, QLabel):
            QTest.keyClick(there, Qt.Key.Key_Tab)  # past the link in it
        seen.append(window.focusWidget())
    return seen


def test_that_what_is_cut_is_found(opened):
    studio = opened(0)
    label = studio.window.page.findChild(QLabel)
    label.setText("a text that has no room here " * 9)
    label.setFixedWidth(120)
    label.show()
    assert any("no room" in text for text in clipped(studio.window))


def test_that_what_has_no_height_and_what_lies_on_something_is_found(opened):
    studio = opened(0)
    page = studio.window.page
    crushed, above, below = QCheckBox("crushed"), QPushButton("above"), QPushButton("below")
    box = QWidget(page)
    column(box)
    for button in (crushed, above, below):
        box.layout().addWidget(button)
    box.show()
    box.layout().activate()
    crushed.setFixedHeight(9)
    below.setGeometry(above.geometry().translated(0, 9))
    below.setObjectName("below")
    found = clipped(studio.window)
    assert [text for text in found if "crushed" in text or "below" in text] == [
        "QAbstractButton '' 'crushed'", "QPushButton 'below' lies on QPushButton ''",
    ]


@pytest.mark.parametrize("tip", ["", "told in full"])
def test_that_an_item_that_is_cut_without_being_told_is_found(opened, tip):
    items = QListWidget(opened(0).window.page)
    items.addItem("a name that has no room here " * 9)
    items.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    items.item(0).setToolTip(tip)
    items.show()
    assert any("no room" in text for text in clipped(items.parentWidget())) is (not tip)


def test_that_a_button_without_a_command_is_found(opened):
    studio = opened(1)
    bare = QPushButton("bare", studio.window.page)
    bare.show()
    menu = QMenu(bare)
    menu.addAction("bare, too")
    opener = QPushButton("opener", studio.window.page)
    opener.setMenu(menu)
    opener.show()
    found, _ = backing.look(studio.window, studio.context.commands)
    assert found == ["QPushButton  “bare”", "QPushButton  “opener”"]


def test_that_every_exception_among_the_buttons_is_met(qtbot, client, opened):
    studio, met = opened(3), set()
    for _ in Tour(qtbot, studio, Worker(client)).views():
        met |= backing.look(studio.window, studio.context.commands)[1]
    assert met == set(backing.EXCEPTIONS)


@pytest.mark.parametrize("runs", [0, pytest.param(3, marks=pytest.mark.long)])
def test_that_tab_goes_round_the_window_and_leaves_no_control_out(qtbot, client, opened, runs):
    studio = opened(runs)
    studio.window.activateWindow()
    qtbot.waitUntil(studio.window.isActiveWindow)
    for name in Tour(qtbot, studio, Worker(client)).views():
        first, *rest, last = tabbed(studio.window)
        assert last is first, f"{name}: Tab ends at {last.objectName()}"
        left_out = controls(studio.window.page) - {first, *rest}
        assert not left_out, f"{name}: {[widget.objectName() for widget in left_out]}"


@pytest.mark.parametrize(
    "runs", [pytest.param(0, marks=pytest.mark.long), 1, pytest.param(200, marks=pytest.mark.long)]
)
def test_that_every_page_is_seen_whole(qtbot, client, opened, runs):
    studio = opened(runs)
    for theme in ("light", "dark"):
        studio.context.settings.put("theme", theme)
        cut, empty = look_through(qtbot, studio, client)
        assert not cut, theme
        assert empty == (set() if runs else WITHOUT_RUNS)


@pytest.mark.long
def test_that_every_page_is_seen_whole_in_the_window_that_opens_first(qtbot, client, opened):
    studio = opened(2, FIRST_SIZE)
    assert look_through(qtbot, studio, client, FIRST_SIZE) == ([], set())


@pytest.mark.long
def test_that_every_page_is_seen_whole_in_german(qtbot, client, opened, settings):
    settings.put(LANGUAGE, "de")
    assert look_through(qtbot, opened(3), client) == ([], set())
