"""The first minutes: train plain against SiLa on the bundled digits, compare, export."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from engine.spec.bundled import bundled
from engine.spec.rows import RunRow
from engine.spec.run_state import RunState
from studio.bridge.jobs import as_line
from studio.state.commands import Command
from studio.state.context import Context
from studio.state.messages import Message, StandingOffer

if TYPE_CHECKING:
    from engine.spec.run_spec import RunSpec

START = "demo.start"
SPEC = "presets/demo.toml"
AGAIN_MS = 10_000
"""So long after another message took its place, an offer is made again: what is good news leaves
by itself before that."""


class Tour(QObject):
    """Registers the command that starts it, and says after each step what the next one is."""

    def __init__(self, context: Context, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._runs: list[int] = []
        self._seen: set[int] = set()
        self._trained: Sequence[RunRow] = ()
        self._shipped: int | None = None
        self._page = ""
        self._is_offered = False
        self._again = QTimer(self, singleShot=True, interval=AGAIN_MS)
        self._again.timeout.connect(self._offer_export)
        self._queueing = self._waiting = False
        context.commands.add(Command(
            START, self.tr("Train plain against SiLa on the demo data"), "", self._start,
            self._why_not, menu=self.tr("Help"),
        ))
        context.feed.runs_changed.connect(self._on_runs)
        context.feed.catalog_changed.connect(self._on_catalog)
        context.selection.chosen_changed.connect(self._offer_export)
        context.messages.said.connect(self._on_said)
        context.messages.gone.connect(self._on_gone)
        self._last = StandingOffer(
            context.messages, self.tr("Try a test image"), self._try_test_image, self
        )
        context.selection.exported.connect(self._on_exported)
        context.selection.bundle_tried.connect(lambda: self._last.say(""))

    def _why_not(self) -> str | None:
        is_on = self._queueing or any(run.state.is_active for run in self._mine())
        return self.tr("it is under way") if is_on else None

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
        self._queueing, self._runs, self._seen = False, list(runs), set()
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
        self._seen.update(run.id for run in mine)
        is_told = self._seen.issuperset(self._runs)  # those that have gone since were deleted
        if not self._runs or not is_told or any(
            run.state.is_active or run.state.can_resume for run in mine  # it may yet end well
        ):
            return
        done = [run for run in mine if run.state is RunState.COMPLETED]
        if done == mine and {run.method for run in done} >= {"plain", "sila"}:
            self._trained = done
            self._context.messages.offer(
                self.tr("All of them are trained. Did SiLa help? Compare pairs them by seed."),
                self.tr("Compare"), lambda: self._context.selection.show_page("compare"),
            )
        self._runs = []
        self._context.commands.refresh()

    def arrive(self, page: str) -> None:
        """Go on where the user has gone."""
        self._page = page
        if page == "export":
            self._end()  # whoever is there needs nobody to show the way
            return
        self._shipped = None
        self._context.messages.take_back(self._how_to_export())
        self._last.say("")
        if page == "compare":
            self._offer_export()
        elif self._trained:
            self._context.messages.withdraw(self._to_export)

    def _offer_export(self, _: object = None) -> None:
        """Tell of the step after the comparison, while that is of the runs of the tour."""
        ours = {run.id for run in self._trained}
        if self._page != "compare" or not ours:
            return
        if not ours <= set(self._context.selection.chosen):
            self._context.messages.withdraw(self._to_export)
        elif not self._is_offered:
            self._is_offered = True
            self._context.messages.offer(
                self.tr("Next, ship SiLa's best run: what only helped in training is stripped, "
                        "and that is proved."),
                self.tr("Export"), self._to_export,
            )

    def _on_said(self, message: Message) -> None:
        if self._trained and message.run != self._to_export:
            self._again.start()

    def _on_gone(self, run: object) -> None:
        if run == self._to_export:
            self._is_offered = False

    def _end(self) -> None:
        self._trained, self._is_offered = (), False
        self._again.stop()
        self._context.messages.withdraw(self._to_export)

    def _to_export(self) -> None:
        sila = [run for run in self._trained if run.method == "sila"]
        best = max(sila, key=lambda run: run.value("val/top1", "best") or 0.0)
        self._end()
        self._context.selection.set_current(best.id)
        self._context.selection.show_page("export")
        self._shipped = best.id
        self._context.messages.say(self._how_to_export(), "info")

    def _how_to_export(self) -> str:
        return self.tr("Press Export: what only helped in training is stripped, and a certificate "
                       "proves what is left.")

    def _on_exported(self, run: int) -> None:
        """Tell of the last step, to whom was led here."""
        if run == self._shipped:
            self._shipped = None
            self._context.messages.take_back(self._how_to_export())
            self._last.say(self.tr("Read the certificate. Below it the exported file itself can be "
                                   "tried: on an image of the test set, or on yours."))

    def _try_test_image(self) -> None:
        self._context.commands.action("export.try_test").trigger()


def _demo() -> "list[RunSpec]":
    from engine.spec.spec_file import load_spec_file  # with pydantic: not before the first paint

    return load_spec_file(Path(bundled("assets")) / SPEC)
