"""What is said when the engine has ended, of what waits for another and of what needs none."""

from collections.abc import Iterable

from PySide6.QtCore import QObject

from engine.spec.rows import EngineRow, Unattended
from engine.spec.run_state import RunState
from studio.state.context import Context
from studio.state.messages import StandingOffer


class MissedEngine(QObject):
    """Offers to start an engine where one has ended unasked, or a training has lost its worker.

    What it says is kept true: workers may end later than the engine, or finish what they do.
    """

    def __init__(self, context: Context, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._engine: EngineRow | None = None
        self._is_missed = False
        self._known: frozenset[int] | None = None
        """Abandoned runs that are told of no more; None before the first engine, when one is on
        its way."""
        self._offer = StandingOffer(
            context.messages, self.tr("Start the engine"), self._start, self
        )
        self._offer.gone.connect(self._leave)
        feed = context.feed
        feed.engine_changed.connect(self._on_engine)
        feed.unattended_changed.connect(lambda _: self._tell())
        feed.runs_changed.connect(lambda _: self._tell())

    def _on_engine(self, engine: EngineRow | None) -> None:
        gone, self._engine = self._engine, engine
        if engine is not None:
            self._is_missed, self._known = False, frozenset()
        elif gone is not None:
            self._is_missed = not self._context.client.has_stopped(gone)
        self._tell()

    def _tell(self) -> None:
        left = self._context.feed.unattended
        is_due = self._is_missed or (self._known is not None and not left.runs <= self._known)
        text = self._text(left) if self._engine is None and is_due else ""
        self._is_missed &= bool(text)  # what is queued later starts an engine itself
        self._offer.say(text)

    def _leave(self) -> None:
        """Say no more of what was told."""
        self._is_missed, self._known = False, self._context.feed.unattended.runs

    def _start(self) -> None:
        self._leave()
        self._context.commands.action("engine.start").trigger()

    def _text(self, left: Unattended) -> str:
        broken = len(left.runs)
        parts = ", ".join([
            *_counted(broken, self.tr("1 training broke off"), self.tr("{0} trainings broke off")),
            *_counted(left.broken_tasks, self.tr("1 task broke off"),
                      self.tr("{0} tasks broke off")),
            *self._others(left),
        ])
        if not parts:
            return ""
        text = self.tr("The engine has ended; {0}.").format(parts)
        if broken:
            text += " " + (
                self.tr("Start it again to recover the training.") if broken == 1
                else self.tr("Start it again to recover the trainings.")
            )
        return text

    def _others(self, left: Unattended) -> list[str]:
        """What of the rest waits, and what goes on with a worker that needs no engine."""
        states = [run.state for run in self._context.feed.runs if run.id not in left.runs]
        return [
            *_counted(states.count(RunState.QUEUED), self.tr("1 run waits"),
                      self.tr("{0} runs wait")),
            *_counted(left.waiting_tasks, self.tr("1 task waits"), self.tr("{0} tasks wait")),
            *_counted(states.count(RunState.RUNNING), self.tr("1 training goes on"),
                      self.tr("{0} trainings go on")),
        ]


def _counted(number: int, one: str, many: str) -> Iterable[str]:
    """How so many are said; nothing of none."""
    return [(one if number == 1 else many).format(number)] if number else []
