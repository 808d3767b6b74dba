"""What can be done with the selected runs, whichever page they were selected on."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QInputDialog, QLineEdit, QWidget

from engine.spec.errors import StudioError
from engine.spec.rows import RunRow
from engine.spec.run_state import RunState
from studio.item_models.queue_order import moved, put_before
from studio.item_models.run_labels import (
    other_tags,
    renote,
    retag,
    shared_note,
    shared_tags,
    tags_in,
)
from studio.item_models.wording import queue_places
from studio.state.commands import Command
from studio.state.context import Context
from studio.trash import Trash

Reason = Callable[[list[RunRow]], str | None]


class RunCommands(QObject):
    """Registers the commands of the Run menu."""

    def __init__(self, context: Context, window: QWidget) -> None:
        """Register; dialogs belong to `window`."""
        super().__init__(window)
        self._context = context
        self._window = window
        self._selected: list[RunRow] | None = None
        context.selection.selected_changed.connect(self._forget)
        context.feed.runs_changed.connect(self._forget)
        self.trash = Trash(context, self)
        self._add("open", self.tr("Open"), "", self._open, self._one)
        self._add("pause", self.tr("Pause"), "Ctrl+Shift+P", self._pause, self._active)
        self._add("resume", self.tr("Resume"), "Ctrl+R", self._resume, self._resumable)
        self._add("stop", self.tr("Stop"), "Ctrl+Shift+S", self._stop, self._active)
        self._add("duplicate", self.tr("Duplicate"), "Ctrl+D", self._duplicate, self._one)
        self._add("fork", self.tr("Fork at an epoch…"), "Ctrl+Shift+K", self._fork, self._forkable)
        self._add("compare", self.tr("Compare"), "Ctrl+Shift+C", self._compare, self._some)
        self._add("export", self.tr("Export"), "Ctrl+E", self._export, self._exportable)
        self._add("tag", self.tr("Tag…"), "Ctrl+T", self._tag, self._some)
        self._add("note", self.tr("Note…"), "Ctrl+Shift+N", self._note, self._some)
        self._add("pin", self.tr("Pin to the top, or let go"), "Ctrl+P", self._pin, self._some)
        self._add("edit", self.tr("Edit the queued run…"), "Ctrl+Shift+E", self._edit,
                  self._editable)
        self._add("top", self.tr("Move to the top of the queue"), "Ctrl+Shift+Up", self._to_top,
                  self._queued)
        self._add("up", self.tr("Move up in the queue"), "Ctrl+Up", partial(self._move, -1),
                  self._queued, repeats=True)
        self._add("down", self.tr("Move down in the queue"), "Ctrl+Down", partial(self._move, 1),
                  self._queued, repeats=True)
        self._add("retry", self.tr("Retry with the same settings"), "Ctrl+Shift+R", self._retry,
                  self._ended)
        self._add("baseline", self.tr("Compare others with this variant"), "Ctrl+B", self._baseline,
                  self._one_variant)
        self._add("delete", self.tr("Delete"), "Del", self._delete, self._deletable)
        context.commands.add(Command(
            "run.undo_delete", self.tr("Undo the deletion"), "Ctrl+Z", self.trash.undo,
            self.trash.why_no_undo, self.tr("Run"),
        ))
        self.trash.changed.connect(context.commands.refresh)
        context.selection.selected_changed.connect(context.commands.refresh)
        context.feed.runs_changed.connect(context.commands.refresh)

    def _add(
        self, name: str, text: str, shortcut: str, act: Callable[[list[RunRow]], None],
        reason: Reason, *, repeats: bool = False,
    ) -> None:
        self._context.commands.add(Command(
            f"run.{name}", text, shortcut, lambda: act(self.runs()),
            lambda: reason(self.runs()), self.tr("Run"), repeats,
        ))

    def runs(self) -> list[RunRow]:
        """The selected runs, as last told."""
        if self._selected is None:  # every command asks, and there may be thousands
            rows = {row.id: row for row in self._context.feed.runs}
            self._selected = [rows[r] for r in self._context.selection.selected if r in rows]
        return self._selected

    def _forget(self) -> None:
        self._selected = None

    # ---- why not

    def _some(self, runs: list[RunRow]) -> str | None:
        return None if runs else self.tr("Select a run first")

    def _one(self, runs: list[RunRow]) -> str | None:
        return None if len(runs) == 1 else self.tr("Select one run")

    def _active(self, runs: list[RunRow]) -> str | None:
        if any(run.actual_state.is_active for run in runs):
            return None
        return self._abandoned(runs) or self._some(runs) or self.tr(
            "Only queued and running runs can be"
        )

    def _resumable(self, runs: list[RunRow]) -> str | None:
        if any(run.state.can_resume for run in runs):
            return None
        return self._abandoned(runs) or self._some(runs) or self.tr("There is nothing to resume")

    def _abandoned(self, runs: list[RunRow]) -> str | None:
        """What has lost its worker is seen to by an engine alone."""
        return self.tr("Start the engine first") if any(run.abandoned for run in runs) else None

    def _queued(self, runs: list[RunRow]) -> str | None:
        if any(run.state is RunState.QUEUED for run in runs):
            return None
        return self._some(runs) or self.tr("Only queued runs can be moved")

    def _editable(self, runs: list[RunRow]) -> str | None:
        if len(runs) == 1 and runs[0].state is not RunState.QUEUED:
            return self.tr("Only queued runs can be edited: duplicate it")
        if len(runs) == 1 and runs[0].started_at is not None:
            return self.tr("It has begun already and waits to go on: duplicate it")
        if len(runs) == 1 and runs[0].forked_at is not None:
            return self.tr("A fork cannot be edited: fork its parent anew")
        return self._one(runs)

    def _ended(self, runs: list[RunRow]) -> str | None:
        if any(_can_retry(run) for run in runs):
            return None
        if any(run.forked_at is not None for run in runs):
            return self.tr("A fork is not tried again from the start: fork its parent anew")
        return self._some(runs) or self.tr("Only runs that have ended can be tried again")

    def _one_variant(self, runs: list[RunRow]) -> str | None:
        several = self.tr("Select runs of one variant")
        return several if len({run.digest for run in runs}) > 1 else self._some(runs)

    def _forkable(self, runs: list[RunRow]) -> str | None:
        if any(not run.epoch for run in runs):
            return self.tr("There is no epoch behind it yet")
        return self._one_variant(runs)

    def _exportable(self, runs: list[RunRow]) -> str | None:
        if len(runs) == 1 and runs[0].state is not RunState.COMPLETED:
            return self.tr("Only a completed run can be exported")
        return self._one(runs)

    def _deletable(self, runs: list[RunRow]) -> str | None:
        if any(run.actual_state is RunState.RUNNING for run in runs):
            return self.tr("Stop what is running first")
        return self._abandoned(runs) or self._some(runs)

    # ---- doing

    def _open(self, runs: list[RunRow]) -> None:
        self._context.selection.open_run(runs[0].id)

    def _pause(self, runs: list[RunRow]) -> None:
        self._each(self._context.client.pause, _active(runs))

    def _stop(self, runs: list[RunRow]) -> None:
        self._each(self._context.client.stop, _active(runs))

    def _resume(self, runs: list[RunRow]) -> None:
        self._each(self._context.client.resume, [r.id for r in runs if r.state.can_resume])

    def _duplicate(self, runs: list[RunRow]) -> None:
        self._context.selection.start_from(runs[0].id)

    def _fork(self, runs: list[RunRow]) -> None:
        from studio.fork_dialog import ask_to_fork  # forms: after the first paint

        ask_to_fork(self._context, self._window, runs)

    def _compare(self, runs: list[RunRow]) -> None:
        self._context.selection.choose(run.id for run in runs)
        self._context.selection.show_page("compare")

    def _export(self, runs: list[RunRow]) -> None:
        self._context.selection.set_current(runs[0].id)
        self._context.selection.show_page("export")

    def _tag(self, runs: list[RunRow]) -> None:
        def write(text: str) -> None:
            before = {run.id: list(run.tags) for run in runs}
            self._relabel("tags", retag(runs, tags_in(text)), before)

        others = other_tags(runs)
        hint = self.tr("Only some have: {0}").format(", ".join(others)) if others else ""
        self._ask(
            self.tr("Tags, separated by commas"), ", ".join(shared_tags(runs)), write, hint
        )

    def _note(self, runs: list[RunRow]) -> None:
        def write(text: str) -> None:
            before = {run.id: run.note for run in runs}
            self._relabel("note", renote(runs, text.strip()), before)

        note = shared_note(runs)
        hint = self.tr("Several notes, which stay unless you write one") if note is None else ""
        self._ask(self.tr("Note"), note or "", write, hint)

    def _relabel(
        self, what: str, changed: Mapping[int, Any], before: Mapping[int, Any]
    ) -> None:
        """Write tags or notes, by run, and say so, as their columns may be out of sight.

        Of several runs that can be undone.
        """
        client = self._context.client

        def write(values: Mapping[int, Any]) -> None:
            self._each(lambda run: client.annotate(run, **{what: values[run]}), list(changed))

        write(changed)
        if len(changed) > 1:
            text = self.tr("Changed the tags of {0} runs.")
            if what == "note":
                text = self.tr("Changed the notes of {0} runs.")
            self._context.messages.offer(
                text.format(len(changed)), self.tr("Undo"), partial(write, before)
            )
        for run, label in changed.items() if len(changed) == 1 else ():
            self._context.messages.say(self._relabelled(what, run, label))

    def _relabelled(self, what: str, run: int, label: Any) -> str:
        name = next((row.name for row in self._context.feed.runs if row.id == run), str(run))
        if what == "note":
            return self.tr("Changed the note of {0}.").format(name)
        if not label:
            return self.tr("Took all tags from {0}.").format(name)
        return self.tr("Tagged {0}: {1}.").format(name, ", ".join(label))

    def _pin(self, runs: list[RunRow]) -> None:
        self._annotate(runs, pinned=not any(run.pinned for run in runs))

    def _move(self, by: int, runs: list[RunRow]) -> None:
        self._arrange(moved(self._queue(), {run.id for run in runs}, by))

    def _to_top(self, runs: list[RunRow]) -> None:
        queue, which = self._queue(), {run.id for run in runs}
        first = next((run for run in queue if run not in which), None)
        self._arrange(put_before(queue, which, first))

    def _queue(self) -> list[int]:
        return list(queue_places(self._context.feed.runs))

    def _arrange(self, order: Sequence[int]) -> None:
        client = self._context.client
        self._context.jobs.run(lambda: client.arrange(order))

    def _edit(self, runs: list[RunRow]) -> None:
        self._context.selection.start_from(runs[0].id, edit=True)

    def _retry(self, runs: list[RunRow]) -> None:
        client, ids = self._context.client, [run.id for run in runs if _can_retry(run)]
        self._context.jobs.run(lambda: client.enqueue([client.spec(run) for run in ids]))

    def _baseline(self, runs: list[RunRow]) -> None:
        selection, digest = self._context.selection, runs[0].digest
        selection.set_baseline(None if selection.baseline == digest else digest)

    def _delete(self, runs: list[RunRow]) -> None:
        self.trash.put(runs)

    # ---- how

    def _ask(
        self, question: str, text: str, write: Callable[[str], None], hint: str = ""
    ) -> None:
        """Ask for a text; the hint stands above it, and in its place as long as it is empty."""
        dialog = QInputDialog(self._window)
        dialog.setObjectName("run.dialog")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setWindowTitle(question)
        dialog.setLabelText("\n".join(filter(None, (question, hint))))
        dialog.setTextValue(text)
        edit = dialog.findChild(QLineEdit)
        if edit is not None:
            edit.setPlaceholderText(hint)
        dialog.resize(420, dialog.sizeHint().height())
        dialog.textValueSelected.connect(write)
        dialog.open()

    def _annotate(self, runs: Iterable[RunRow], **values: Any) -> None:
        client = self._context.client
        self._each(lambda run: client.annotate(run, **values), [run.id for run in runs])

    def _each(self, act: Callable[[int], object], runs: Sequence[int]) -> None:
        self._context.jobs.run(lambda: each(act, runs))


def _active(runs: Iterable[RunRow]) -> list[int]:
    return [run.id for run in runs if run.actual_state.is_active]


def _can_retry(run: RunRow) -> bool:
    return not run.state.is_active and run.forked_at is None


def each(act: Callable[[int], object], runs: Sequence[int]) -> None:
    """Do something to every run; one that refuses does not spare the others.

    Raises:
        StudioError: what the first of them said that refused.
    """
    refused: list[StudioError] = []
    for run in runs:
        try:
            act(run)
        except StudioError as error:
            refused.append(error)
    if refused:
        raise refused[0]
