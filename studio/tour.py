"""The first minutes: train plain against SiLa on the bundled digits, compare, export."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from engine.spec.bundled import bundled
from engine.spec.rows import RunRow
from engine.spec.run_state import RunState
from studio.bridge.jobs import as_line
from studio.state.commands import Command
from studio.state.context import Context

if TYPE_CHECKING:
    from engine.spec.run_spec import RunSpec

START = "demo.start"
SPEC = "presets/demo.toml"


class Tour(QObject):
    """Registers the command that starts it, and says after each step what the next one is."""

    def __init__(self, context: Context, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._runs: list[int] = []
        self._trained: Sequence[RunRow] = ()
        self._queueing = self._waiting = False
        context.commands.add(Command(
            START, self.tr("Train plain against SiLa on the demo data"), "", self._start,
            self._why_not, menu=self.tr("Help"),
        ))
        context.feed.runs_changed.connect(self._on_runs)
        context.feed.catalog_changed.connect(self._on_catalog)
        context.selection.page_requested.connect(self._on_page)

    def _why_not(self) -> str | None:
        return self.tr("it is under way") if self._queueing or self._runs else None

    # ---- training

    def _start(self) -> None:
        self._queueing = True
        self._context.commands.refresh()
        if self._context.feed.catalog is not None:
            self._enqueue()
            return
        self._waiting = True
        self._context.messages.say(
            self.tr("Starting the engine, which tells what can be trained…"), "info"
        )
        self._context.jobs.run(
            self._context.client.start_engine, None, self._on_refused, owner=self
        )

    def _on_catalog(self, _: object) -> None:
        if self._waiting:
            self._enqueue()

    def _enqueue(self) -> None:
        self._waiting = False
        client = self._context.client
        self._context.jobs.run(
            lambda: client.enqueue(_demo()),
            self._on_queued, self._on_refused, owner=self,
        )

    def _on_queued(self, runs: Sequence[int]) -> None:
        self._queueing, self._runs = False, list(runs)
        self._context.selection.choose(runs)
        self._context.messages.offer(
            self.tr("{0} short trainings, about a minute: plain and SiLa with three seeds each.")
            .format(len(runs)), self.tr("Watch"), self._watch,
        )

    def _on_refused(self, error: Exception) -> None:
        self._queueing = self._waiting = False
        self._context.commands.refresh()
        self._context.messages.say(as_line(error), "bad")

    def _watch(self) -> None:
        mine = [run for run in self._mine() if run.state is RunState.RUNNING] or self._mine()
        if mine:
            self._context.selection.open_run(mine[-1].id)

    def _mine(self) -> list[RunRow]:
        """The runs of the tour, newest first."""
        return [run for run in self._context.feed.runs if run.id in self._runs]

    # ---- what comes after it

    def _on_runs(self, _: list[RunRow]) -> None:
        mine = self._mine()
        if not self._runs or len(mine) < len(self._runs) or any(r.state.is_active for r in mine):
            return
        if all(run.state is RunState.COMPLETED for run in mine):
            self._context.messages.offer(
                self.tr("All of them are trained. Did SiLa help? Compare pairs them by seed."),
                self.tr("Compare"), lambda: self._context.selection.show_page("compare"),
            )
        self._trained, self._runs = mine, []
        self._context.commands.refresh()

    def _on_page(self, page: str) -> None:
        if page == "compare" and self._trained:
            self._context.messages.offer(
                self.tr("Next, ship SiLa's best run: what only helped in training is stripped, "
                        "and that is proved."),
                self.tr("Export"), self._to_export,
            )

    def _to_export(self) -> None:
        sila = [run for run in self._trained if run.method == "sila"]
        self._trained = ()
        if sila:
            best = max(sila, key=lambda run: run.value("val/top1", "best") or 0.0)
            self._context.selection.set_current(best.id)
        self._context.selection.show_page("export")
        self._context.messages.say(
            self.tr("Press Export, read the certificate, and drop an image on Try it."), "info"
        )


def _demo() -> "list[RunSpec]":
    from engine.spec.spec_file import load_spec_file  # with pydantic: not before the first paint

    return load_spec_file(Path(bundled("assets")) / SPEC)
