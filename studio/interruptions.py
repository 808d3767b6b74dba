"""What is said of runs that were interrupted because their workers had ended."""

from PySide6.QtCore import QObject

from engine.spec.rows import RunRow
from engine.spec.run_state import RunState
from studio.run_commands import each
from studio.state.context import Context
from studio.state.messages import StandingOffer


class Interruptions(QObject):
    """Offers, once, to resume runs that an engine found without a worker.

    Whoever interrupts a run himself is not told of it: such a run has no error.
    """

    def __init__(self, context: Context, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._running: set[int] = set()
        self._told: set[int] = set()
        self._offer = StandingOffer(context.messages, self.tr("Resume"), self._resume, self)
        self._offer.gone.connect(self._leave)
        context.feed.runs_changed.connect(self._on_runs)

    def _on_runs(self, runs: list[RunRow]) -> None:
        broken = {run.id for run in runs if run.state is RunState.INTERRUPTED and run.error}
        self._told = (self._told & broken) | (self._running & broken)
        self._running = {run.id for run in runs if run.state is RunState.RUNNING}
        self._offer.say(self._text(len(self._told)))

    def _leave(self) -> None:
        self._told = set()

    def _text(self, number: int) -> str:
        if not number:
            return ""
        if number == 1:
            return self.tr("1 run was interrupted: its worker had ended. What it had reached at "
                           "its last checkpoint is kept.")
        return self.tr("{0} runs were interrupted: their workers had ended. What they had reached "
                       "at their last checkpoints is kept.").format(number)

    def _resume(self) -> None:
        client, runs = self._context.client, sorted(self._told)
        self._leave()
        self._context.jobs.run(lambda: each(client.resume, runs))
