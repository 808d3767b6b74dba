"""New experiment: what to train, how, on what, how often; then Start."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QInputDialog, QStackedWidget, QVBoxLayout, QWidget

from engine.spec.catalog import Catalog
from engine.spec.errors import SpecError, StudioError
from engine.spec.run_spec import RunSpec
from engine.spec.spec_file import Table, dump_spec, load_table, parse_table
from studio.bridge.jobs import as_line
from studio.pages.compose.draft import PARTS, Draft, draft_of
from studio.pages.compose.edited_run import EditedRun
from studio.pages.compose.editor import DraftEditor
from studio.pages.compose.part_section import PickActions
from studio.pages.compose.passport import Passport
from studio.pages.compose.presets import Preset, save_preset
from studio.pages.compose.probe import Probe
from studio.pages.compose.start_bar import StartBar
from studio.pages.compose.toml_dialog import TomlDialog
from studio.state.commands import Command, Scope
from studio.state.context import Context
from studio.state.selection import SPEC_ENDING
from studio.widgets.buttons import ActionButton
from studio.widgets.drops import take_drops
from studio.widgets.empty_state import EmptyState

REMEMBERED = "compose/spec"
_CHECK_AFTER_MS = 80
_FIRST = Draft(picks={
    "dataset": ({"name": "digits"},),
    "backbone": ({"name": "resnet8"},),
    "method": ({"name": "plain"}, {"name": "sila"}),
})


class ComposePage(QWidget):
    """The form of an experiment, and what is done with it."""

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._catalog = Catalog([])
        self._reason: str | None = None
        self._refusal = ""
        self._count: int | None = None
        self._queueing = False
        self._edit = EditedRun(context, self)
        self._timer = QTimer(self, singleShot=True, interval=_CHECK_AFTER_MS)
        self._timer.timeout.connect(self._check)
        self._scope = Scope(
            context.commands, self, self.tr("Go to the new experiment first")
        )
        self._build()
        context.commands.add(Command(
            "compose.probe", self.tr("Probe"), "Ctrl+Shift+Return", self._probe.start,
            self._why_no_probe,
        ))
        self._probe.add_control(ActionButton(context.commands.action("compose.probe"), "speed"))
        self._probe.changed.connect(context.commands.refresh)
        context.commands.add(Command(
            "compose.start", self.tr("Queue the runs of the new experiment"), "Ctrl+Return",
            self._on_start, self._why_not_start,
        ))
        self._add_edit_commands()
        for name, text, act in (
            ("save_preset", self.tr("Save the new experiment as a preset…"), self._on_save_preset),
            ("edit_toml", self.tr("Edit the new experiment as TOML…"), self._on_toml),
        ):
            context.commands.add(Command(f"compose.{name}", text, "", act, self._why_no_form))
        self._bar.lead(*(
            context.commands.action(f"compose.{name}")
            for name in ("save_preset", "edit_toml", "start")
        ))
        self._edit.changed.connect(self._show_state)
        context.feed.catalog_changed.connect(self._on_catalog)
        context.feed.runs_changed.connect(self._editor.options.set_runs)
        self._editor.options.set_runs(context.feed.runs)
        context.selection.spec_changed.connect(self._on_template)
        context.selection.dataset_offered.connect(self._take_dataset)
        context.selection.spec_offered.connect(self._take_spec)
        self._look_for_catalog()

    @property
    def editor(self) -> DraftEditor:
        """The form."""
        return self._editor

    @property
    def leads(self) -> QWidget:
        """The cards of the backbones."""
        return self._editor.cards("backbone")

    def _build(self) -> None:
        """From the outside inwards: each level that a widget moves up is styled anew."""
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        self._stack = QStackedWidget()
        outer.addWidget(self._stack)
        self._empty = EmptyState("compose", "")
        body = QWidget()
        for widget in (self._empty, body):
            self._stack.addWidget(widget)
        self._empty.lead(self._scope.add(
            "compose.retry", self.tr("Ask the engine again what can be trained"),
            self._look_for_catalog, self._why_no_retry,
        ))
        self._probe = Probe(self._context)
        self._editor = DraftEditor(
            self._context.client.check_teachers, self._probe, Passport(self._context),
            self._pick_actions(), body,
        )
        self._editor.options.aimed.connect(self._scope.refresh)
        self._editor.edited.connect(self._timer.start)
        self._bar = StartBar(self._context.client.workspace, self._context.jobs)
        self._bar.preset_chosen.connect(self._on_preset)
        problem = self._scope.add(
            "compose.problem", self.tr("Go to what stands in the way of the new experiment"),
            self._editor.go_to_problem, self._why_no_problem,
        )
        self._bar.reason_clicked.connect(problem.trigger)
        inner = QVBoxLayout(body)
        inner.setContentsMargins(16, 16, 16, 12)
        inner.setSpacing(12)
        inner.addWidget(self._editor, 1)
        inner.addWidget(self._bar)
        offer = self._context.selection.offer_spec
        take_drops(self, lambda path: path.suffix == SPEC_ENDING, offer)

    def _pick_actions(self) -> PickActions:
        return PickActions(
            self._scope.add(
                "compose.duplicate", self.tr("Run what is picked with other options as well"),
                lambda: self._editor.options.duplicate(),
                lambda: self._why_no_form() or self._editor.options.why_no_duplicate(),
            ),
            self._scope.add(
                "compose.remove", self.tr("Remove the options that were added"),
                lambda: self._editor.options.remove(),
                lambda: self._why_no_form() or self._editor.options.why_no_removal(),
            ),
        )

    def _add_edit_commands(self) -> None:
        commands = self._context.commands
        for name, text, icon, act, reason in (
            ("discard", self.tr("Discard changes"), "close", self._on_discard, self._edit.why_none),
            ("queue_new", self.tr("Queue as new run"), "add", self._queue,
             lambda: self._edit.why_none() or self._why_not()),
        ):
            action = commands.add(Command(f"compose.{name}", text, "", act, reason))
            self._bar.add_for_edited(ActionButton(action, icon))

    # ---- the catalogue

    def _look_for_catalog(self) -> None:
        self._empty.say(self.tr("Starting the engine, which tells what can be trained…"))
        self._context.jobs.run(
            self._context.client.catalog, self._on_catalog_read, self._on_no_engine, owner=self
        )

    def _on_catalog_read(self, catalog: Catalog) -> None:
        self._on_catalog(catalog)
        if not catalog.all("method"):
            start = self._context.client.start_engine
            self._context.jobs.run(start, None, self._on_no_engine, owner=self)

    def _on_no_engine(self, error: Exception) -> None:
        self._empty.say(as_line(error), self.tr("Try again"))

    def _on_catalog(self, catalog: Catalog) -> None:
        is_known = all(catalog.all(part) == self._catalog.all(part) for part in PARTS)
        if is_known or not catalog.all("method"):
            return  # the store and the feed both tell: forms that are being filled stay
        first = not self._catalog.all("method")
        self._catalog = catalog
        self._editor.set_catalog(catalog)
        self._stack.setCurrentIndex(1)
        if first:
            self._editor.set_draft(self._remembered())
            template = self._context.selection.take_template()
            if template is not None:
                self._on_template(template)
            self._take_dataset()
            self._take_spec()
        self._check()

    def _take_spec(self) -> None:
        if self._catalog.all("method"):
            path = self._context.selection.take_spec()
            if path is not None:
                self._read(path)

    def _take_dataset(self) -> None:
        if self._catalog.all("method"):
            dataset = self._context.selection.take_dataset()
            if dataset is not None:
                self._editor.use_dataset(dataset)

    def _remembered(self) -> Draft:
        text = self._context.settings.get(REMEMBERED)
        if isinstance(text, str):
            try:
                return draft_of(parse_table(text))
            except SpecError:
                pass  # written by a version that knew other options: begin anew
        return _FIRST

    def _on_template(self, run: int) -> None:
        if self._catalog.all("method"):
            self._context.selection.take_template()
            client, edited = self._context.client, self._context.selection.edited == run
            self._context.jobs.run(
                lambda: client.spec(run), partial(self._on_spec, run if edited else None),
                owner=self,
            )

    def _on_spec(self, edited: int | None, spec: RunSpec) -> None:
        self._edit.begin(edited)
        table = spec.model_dump(mode="json", exclude_defaults=True)
        seed = table.pop("seed", 0)
        self._use({**table, "seeds": [seed]})

    # ---- editing

    def _check(self) -> None:
        """Say what Start would do, or why it cannot."""
        self._timer.stop()
        self._editor.refresh()
        self._reason = self._editor.check()
        try:
            draft = self._editor.draft()
        except SpecError:
            self._count = draft = None
        else:
            self._count = draft.num_runs()
            if self._reason is None and self._edit.run is None:
                self._context.settings.put(REMEMBERED, dump_spec(draft.to_table()))
        self._probe.show_draft(draft if self._reason is None else None, self._catalog)
        self._show_state()

    def _show_state(self) -> None:
        self._editor.set_title(*self._edit.title())
        self._bar.show_state(self._count, self._why_not_start(), self._edit.run)
        self._context.commands.refresh()

    def _why_no_form(self) -> str | None:
        if not self._catalog.all("method"):
            return self.tr("the engine has not started yet")
        return None

    def _why_no_retry(self) -> str | None:
        return self.tr("The engine has told already") if self._catalog.all("method") else None

    def _why_no_problem(self) -> str | None:
        return None if self._reason else self.tr("Nothing stands in the way")

    def _why_not(self) -> str | None:
        if reason := self._why_no_form():
            return reason
        return self.tr("queueing…") if self._queueing else self._reason

    def _why_not_start(self) -> str | None:
        return self._why_not() or self._edit.why_not(self._count)

    def _why_no_probe(self) -> str | None:
        return self._why_not() or self._probe.why_not()

    def _check_names(self, draft: Draft) -> None:
        for part in PARTS:
            for name in draft.names(part):
                self._catalog.card(part, name)

    def _use(self, table: Table) -> None:
        try:
            draft = draft_of(table)
            self._check_names(draft)
        except SpecError as error:
            self._refuse(error)
        else:
            self._context.messages.take_back(self._refusal)
            self._on_draft(draft)

    def _refuse(self, error: Exception) -> None:
        """Say why a spec cannot be used, until one can."""
        self._refusal = as_line(error)
        self._context.messages.say(self._refusal, "bad")

    def _on_draft(self, draft: Draft) -> None:
        self._editor.set_draft(draft)
        self._check()

    def _on_preset(self, preset: Preset) -> None:
        self._read(preset.path)

    def _read(self, path: Path) -> None:
        self._context.jobs.run(lambda: load_table(path), self._use, self._refuse, owner=self)

    def _on_save_preset(self) -> None:
        title, question = self.tr("Save as preset"), self.tr("Name of the preset")
        try:
            draft = self._editor.draft()
            table = draft.to_table()
        except StudioError as error:
            self._on_no_preset(error)
            return
        name, said = QInputDialog.getText(self, title, question, text=draft.name)
        if said:
            workspace = self._context.client.workspace
            self._context.jobs.run(
                lambda: save_preset(workspace, name, table), self._on_preset_saved,
                self._on_no_preset, owner=self,
            )

    def _on_no_preset(self, error: Exception) -> None:
        self._context.messages.say(as_line(error), "bad")

    def _on_preset_saved(self, path: Path) -> None:
        self._context.messages.say(self.tr("Saved as {0}.").format(path))
        self._bar.read_presets()

    def _on_toml(self) -> None:
        try:
            text = dump_spec(self._editor.draft().to_table())
        except SpecError as error:
            self._context.messages.say(str(error), "bad")
            return
        dialog = TomlDialog(text, self._check_names, self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.applied.connect(self._on_draft)
        dialog.open()

    # ---- start

    def _on_start(self) -> None:
        self._check()
        if self._edit.run is None:
            self._queue()
        elif self._why_not_start() is None:
            self._edit.save(self._begin(), self._on_saved, self._on_not_saved)

    def _queue(self) -> None:
        self._check()
        if self._why_not() is None:
            draft, client = self._begin(), self._context.client
            self._context.jobs.run(
                lambda: client.enqueue(draft.specs()), self._on_queued, self._on_refused, owner=self
            )

    def _begin(self) -> Draft:
        draft, self._queueing = self._editor.draft(), True
        self._check()
        return draft

    def _on_queued(self, runs: Sequence[int]) -> None:
        self._context.selection.choose(runs)
        self._on_saved()

    def _on_saved(self) -> None:
        self._queueing = False
        self._on_discard()

    def _on_discard(self) -> None:
        """Show the runs, and begin again where composing was left to edit one of them."""
        if self._edit.run is not None:
            self._edit.begin(None)
            self._editor.set_draft(self._remembered())
        self._check()
        self._context.selection.show_page("runs")

    def _on_not_saved(self, error: Exception) -> None:
        self._queueing = False
        self._check()
        self._context.messages.offer(as_line(error), self.tr("Queue as new run"), self._queue)

    def _on_refused(self, error: Exception) -> None:
        self._queueing = False
        self._check()
        self._context.messages.say(as_line(error), "bad")
