"""Whatever the user can do has a test that does it: here, or in a file that is named here."""

from functools import partial
from pathlib import Path

import pytest
from PySide6.QtGui import QShortcut
from PySide6.QtWidgets import QInputDialog, QMessageBox

from engine.store import cards, staff, tasks
from studio.app import PAGES, Studio
from studio.pages.compose.toml_dialog import TomlDialog
from studio.state.settings import COMFORTABLE, COMPACT, DARK, DENSITY, LIGHT, SYSTEM, THEME
from studio.theme.theme import apply_theme, system_theme
from studio.theme.tokens import current, sizes, sizes_of, tokens
from studio.widgets.command_palette import CommandPalette
from studio.widgets.text_dialog import TextDialog
from tests.gui.compare.test_compare_exports import DRIVEN
from tests.gui.comparing import looked_at
from tests.gui.composing import CARDS
from tests.gui.exporting import put_bundle
from tests.gui.listing import boxes, do, why_not

pytestmark = pytest.mark.gui
HERE = Path(__file__).parent

ELSEWHERE = {
    "test_app.py": ["workspace.open"],
    "window/test_engine_commands.py": ["go.at_work"],
    "window/test_messages.py": [
        "message.act", "message.close", "message.copy", "message.details",
    ],
    "test_settings_page.py": [
        "settings.clean", "settings.copy_database", "settings.copy_folder",
        "settings.copy_versions", "settings.reveal",
    ],
    "test_drill.py": ["settings.cancel_drill", "settings.drill"],
    "test_shortcuts.py": [
        "settings.no_shortcut", "settings.reset_shortcut", "settings.reset_shortcuts",
    ],
    "test_data_page.py": ["data.cancel"],
    "test_predictions_tab.py": ["run.all_mistakes", "run.cancel_images"],
    "compare/test_verdict.py": ["compare.add", "compare.queue", "compare.star"],
    "compare/test_eye.py": ["compare.eye", "compare.next", "compare.previous"],
    "compare/test_compare_page.py": ["compare.latest"],
    "compare/test_compare_images.py": ["compare.cancel"],
    "test_fork_dialog.py": ["run.fork"],
    "test_trash.py": ["run.undo_delete"],
    "test_added_datasets.py": ["data.add_file", "data.add_folder", "data.remove", "data.train"],
    "runs/test_runs_actions.py": [
        "run.baseline", "run.compare", "run.delete", "run.duplicate", "run.export", "run.note",
        "run.pause", "run.pin", "run.resume", "run.retry", "run.stop", "run.tag",
    ],
    "runs/test_runs_queue.py": [
        "run.down", "run.edit", "run.top", "run.up", "runs.order_by_queue",
    ],
    "runs/test_runs_filters.py": [
        "runs.clear", "runs.fold", "runs.unfold", "runs.group.backbone", "runs.group.dataset",
        "runs.group.experiment", "runs.group.method", "runs.group.none", "runs.group.seed",
        "runs.group.state", "runs.group.tag", "runs.group.variant",
    ],
    "runs/test_runs_columns.py": [
        "runs.column_left", "runs.column_right", "runs.columns", "runs.reverse", "runs.sort",
    ],
    "runs/test_runs_page.py": ["runs.copy", "runs.eye"],
    "run/test_run_curves.py": [
        "run.zoom_in", "run.zoom_left", "run.zoom_out", "run.zoom_reset", "run.zoom_right",
    ],
    "run/test_run_config.py": [
        "run.copy_config", "run.next_difference", "run.previous_difference",
    ],
    "run/test_run_tabs.py": ["run.copy_log", "run.copy_path", "run.reveal_files"],
    "compose/test_compose_page.py": [
        "compose.duplicate", "compose.problem", "compose.remove", "compose.retry", "compose.start",
    ],
    "compose/test_edited_run.py": ["compose.discard", "compose.queue_new"],
    "compose/test_passport.py": ["compose.copy_citation", "compose.copy_equation"],
    "compose/test_probe.py": ["compose.cancel", "compose.probe"],
    "export/test_export_page.py": ["export.cancel", "export.start"],
    "export/test_bundles.py": [
        "export.cancel_verification", "export.card", "export.copy", "export.reveal",
        "export.verify",
    ],
    "export/test_certificate.py": ["export.copy_hash"],
    "export/test_try_it.py": [
        "export.cancel_trial", "export.try", "export.try_choose", "export.try_clear",
        "export.try_folder",
        "export.try_paste", "export.try_test",
    ],
}
"""The commands that a file drives, each with what it does."""

STEPS = {
    "compare.next", "compare.previous", "run.down", "run.next_difference",
    "run.previous_difference", "run.up", "run.zoom_in", "run.zoom_left", "run.zoom_out",
    "run.zoom_right", "runs.column_left", "runs.column_right",
}
"""The commands that held keys repeat."""

FAMILIES = {"compare.export.": DRIVEN}
"""Commands made of what is exported and in which form, which another file goes through."""


class Engine:
    """Stands for the engine's process: it lives and does nothing."""

    def __init__(self, store):
        self._store = store
        self._token = None

    def start(self, *_, **__):
        if self._token is None:
            self._token = staff.take_lease(self._store)

    def end(self):
        if self._token is not None:
            staff.release_lease(self._store, self._token)
            self._token = None


@pytest.fixture
def engine(client, monkeypatch):
    engine = Engine(client.store)
    monkeypatch.setattr("studio.bridge.client.ensure_engine", engine.start)
    yield engine
    engine.end()


@pytest.fixture
def studio(qtbot, qapp, client, filling, settings, engine):
    """A window over a completed run that was exported, and one that waits."""
    cards.publish(client.store, CARDS, "stamp")
    done, _ = filling.queue(("plain", "sila"))
    filling.complete(done)
    put_bundle(client, done)
    studio = Studio(qapp, client.workspace, settings)
    qtbot.addWidget(studio.window)
    studio.window.show()
    qtbot.waitUntil(lambda: studio.context is not None)
    context = studio.context
    qtbot.waitUntil(lambda: len(context.feed.runs) == 2 and context.feed.catalog is not None)
    yield studio
    studio.window.close()
    studio.close()
    apply_theme(qapp, "light")


class User:
    """Triggers every command of the frame and what no page's own test triggers."""

    def __init__(self, qtbot, studio, client, engine):
        self._qtbot, self._client, self._engine = qtbot, client, engine
        self._context, self._window = studio.context, studio.window
        self.acts = {
            **{f"{THEME}.{name}": partial(self._dress, name) for name in (DARK, SYSTEM, LIGHT)},
            **{f"{DENSITY}.{name}": partial(self._space, name) for name in (COMPACT, COMFORTABLE)},
            **{f"go.{page.id}": partial(self._go, page.id) for page in PAGES},
            "palette": partial(self._open, CommandPalette),
            "about": partial(self._open, QMessageBox),
            "go.compare": self._compare,
            "engine.log": self._read_log,
            "engine.stop": self._stop_engine,
            "engine.start": self._start_engine,
            "run.open": self._open_run,
            "compose.edit_toml": partial(self._open, TomlDialog, page="compose"),
            "compose.save_preset": self._save_preset,
            "data.inspect": self._inspect,
            "export.options": self._show_options,
            "demo.start": self._train_demo,
            "quit": self._quit,
        }

    def _do(self, command):
        self._qtbot.waitUntil(lambda: why_not(self._context, command) is None)
        do(self._context, command)

    def _go(self, page, command):
        self._do(command)
        assert self._window.current_page == page

    def _compare(self, command):
        """What shows images there is made, with its command, when there is something to show."""
        self._context.selection.choose([1])
        self._go("compare", command)
        self._qtbot.waitUntil(lambda: self._window.page.study is not None)
        looked_at(self._qtbot, self._window.page)

    def _dress(self, theme, command):
        self._do(command)
        assert self._context.settings.theme == theme
        wanted = tokens(system_theme() if theme == SYSTEM else theme)
        self._qtbot.waitUntil(lambda: current() == wanted)

    def _space(self, density, command):
        self._do(command)
        self._qtbot.waitUntil(lambda: sizes() == sizes_of(density))

    def _open(self, kind, command, page=""):
        if page:
            self._window.show_page(page)
        self._do(command)
        opened = self._window.findChild(kind)
        assert opened.isVisible(), command
        opened.close()

    def _read_log(self, command):
        logs = self._client.workspace.logs
        logs.mkdir(parents=True, exist_ok=True)
        (logs / "engine.log").write_text("started")
        self._do(command)
        self._qtbot.waitUntil(lambda: bool(boxes(TextDialog)))
        [dialog] = boxes(TextDialog)
        assert dialog._text.toPlainText() == "started"
        dialog.close()

    def _stop_engine(self, command):
        self._qtbot.waitUntil(lambda: self._context.feed.engine is not None)
        assert why_not(self._context, "engine.start") == "The engine is running"
        engine = self._client.engine()
        self._do(command)
        self._qtbot.waitUntil(lambda: self._context.client.has_stopped(engine))
        self._engine.end()

    def _start_engine(self, command):
        self._do(command)
        self._qtbot.waitUntil(lambda: self._client.engine() is not None)

    def _open_run(self, command):
        self._window.show_page("runs")
        self._window.page._table.select_runs([2])
        self._do(command)
        assert (self._window.current_page, self._context.selection.current) == ("run", 2)

    def _save_preset(self, command):
        self._window.show_page("compose")
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(QInputDialog, "getText", lambda *_, **__: ("mine", True))
            self._do(command)
            self._qtbot.waitUntil(
                lambda: bool(list(self._client.workspace.root.rglob("mine.toml")))
            )

    def _inspect(self, command):
        self._window.show_page("data")
        self._do(command)
        self._qtbot.waitUntil(lambda: tasks.queued_tasks(self._client.store))

    def _show_options(self, command):
        self._window.show_page("export")
        export = self._window.page._export
        before = export.options.isVisible()
        self._do(command)
        assert export.options.isVisible() is not before

    def _train_demo(self, command):
        self._do(command)
        self._qtbot.waitUntil(lambda: len(self._context.feed.runs) == 8)

    def _quit(self, command):
        self._do(command)
        assert not self._window.isVisible()


def test_that_held_keys_repeat_steps_alone(qtbot, studio):
    commands, window = studio.context.commands, studio.window
    commands.all_wanted.emit()
    qtbot.waitUntil(lambda: len(window._made) == len(PAGES))
    actions = [commands.action(command.id) for command in commands.all()]
    assert {action.objectName() for action in actions if action.autoRepeat()} == STEPS
    shortcuts = window.findChildren(QShortcut)
    assert {s.key().toString() for s in shortcuts if not s.autoRepeat()} == {"Space", "Ctrl+V"}


def test_that_every_command_does_what_it_says_or_is_driven_by_a_file_that_names_it(
    qtbot, studio, client, engine
):
    user = User(qtbot, studio, client, engine)
    for command, act in user.acts.items():
        act(command)
    there = {command.id for command in studio.context.commands.all()}
    families = tuple(FAMILIES)
    for family, driven in FAMILIES.items():
        assert {command for command in there if command.startswith(family)} == driven
    elsewhere = [command for commands in ELSEWHERE.values() for command in commands]
    own = {command for command in there if not command.startswith(families)}
    assert sorted([*user.acts, *elsewhere]) == sorted(own)


def test_that_a_file_that_is_said_to_drive_a_command_speaks_of_it():
    assert not [
        (file, command) for file, commands in ELSEWHERE.items() for command in commands
        if not mentions((HERE / file).read_text(encoding="utf-8"), command)
    ]


def mentions(text, command):
    """Whether a command's name stands there, whole or put together as in f"run.{name}"."""
    return f'"{command}' in text or any(
        f'f"{command[:at]}{{' in text and f'"{command[at:]}"' in text
        for at in range(1, len(command))
    )


def test_that_a_command_that_nobody_speaks_of_is_found():
    assert mentions('do(context, f"run.{name}") for name in ("up", "down")', "run.down")
    assert not mentions('do(context, f"run.{name}") for name in ("up", "down")', "run.pin")
