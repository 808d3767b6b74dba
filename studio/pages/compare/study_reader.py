"""Reading comparisons off the GUI thread, and what their runs log while they are shown."""

import time
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from threading import Lock

from PySide6.QtCore import QObject, Signal, SignalInstance

from engine.spec.rows import RunRow
from studio.pages.compare.known import Known
from studio.pages.compare.study import Question, Study, grown, make_study
from studio.state.context import Context


class StudyReader(QObject):
    """Answers one question at a time; an answer that was overtaken is dropped.

    Signals:
        answered: the Study that was asked for.
        failed: the Exception in its place.
        grew: a Study, as it was told of, with what its runs have logged since.
    """

    answered = Signal(object)
    failed = Signal(object)
    grew = Signal(object)

    def __init__(self, context: Context, parent: QObject) -> None:
        super().__init__(parent)
        self._jobs = context.jobs
        self._known = Known(context.client)
        self._reading = Lock()
        self._round = 0
        self._is_asked = False
        self._spent_s = 0.0

    @property
    def spent_s(self) -> float:
        """Seconds of the processor that the last answer took."""
        return self._spent_s

    def ask(self, question: Question) -> None:
        """Compare runs; of what is known of them, nothing is read again."""
        self._begin(lambda: make_study(self._known, question), self.answered)
        self._is_asked = True

    def ask_on(self, study: Study) -> None:
        """Look for what the runs of a study have logged since, unless another is asked for."""
        if not self._is_asked:
            self._begin(lambda: grown(self._known, study), self.grew)

    def drop(self) -> None:
        """Want no answer any more."""
        self._round += 1
        self._is_asked = False

    def _begin(self, read: Callable[[], Study], told: SignalInstance) -> None:
        self._round += 1
        mine = self._round

        def work() -> tuple[Study, float]:
            with self._reading:
                begun = time.thread_time()
                return read(), time.thread_time() - begun

        def tell(answer: tuple[Study, float]) -> None:
            if mine == self._round:
                self._is_asked = False
                study, self._spent_s = answer
                told.emit(study)

        self._jobs.run(work, tell, partial(self._fail, mine), owner=self)

    def _fail(self, mine: int, error: Exception) -> None:
        if mine == self._round:
            self._is_asked = False
            self.failed.emit(error)


def comparable(rows: Sequence[RunRow]) -> set[tuple[object, ...]]:
    """What of rows changes more of a comparison than its curves: not every step, nor epoch."""
    return {
        (row.id, row.digest, row.colour, row.state, row.steps_per_epoch, *sorted(row.summaries))
        for row in rows
    }


def related(rows: Iterable[RunRow], chosen: Iterable[RunRow]) -> set[tuple[int, str]]:
    """The runs that chosen ones could be set against, and their states.

    What can be added, queued or resumed depends on these.
    """
    contexts = {row.context for row in chosen}
    return {(row.id, row.state) for row in rows if row.context in contexts}


def reached(rows: Sequence[RunRow], key: str) -> dict[int, int | None]:
    """The step of the last point of a series, by run."""
    return {row.id: row.summaries[key].last_step for row in rows if key in row.summaries}
