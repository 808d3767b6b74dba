"""The queued run that is changed on the compose page, in place of a new one being queued."""

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from engine.spec.rows import RunRow
from engine.spec.run_state import RunState
from studio.pages.compose.draft import Draft
from studio.state.context import Context


class EditedRun(QObject):
    """None, or a run that waits for its first step as long as nobody claims it."""

    changed = Signal()
    """Another run is edited now, or what can be done with it is another."""

    def __init__(self, context: Context, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._waits = False
        self.run: int | None = None
        context.feed.runs_changed.connect(self._on_runs)

    def begin(self, run: int | None) -> None:
        """Edit a run, or none."""
        self.run = run
        self._waits = self._still_waits(self._context.feed.runs)
        self.changed.emit()

    def title(self) -> tuple[str, str]:
        """What is composed, and a line below it."""
        if self.run is None:
            return self.tr("New experiment"), self.tr(
                "Every combination is trained once per seed. From three seeds on, a difference "
                "can be told from luck."
            )
        return self.tr("Queued run {0}").format(self.run), self.tr(
            "It keeps its number, its tags and its place in the queue."
        )

    def why_none(self) -> str | None:
        """Why nothing can be done with an edited run, where there is none."""
        return self.tr("No queued run is being edited") if self.run is None else None

    def why_not(self, count: int | None) -> str | None:
        """Why the run cannot become what is composed, which makes `count` runs."""
        if self.run is None:
            return None
        if not self._waits:
            return self.tr(
                "run {0} does not wait any more and stays as it is: queue the changed one as new"
            ).format(self.run)
        if count is not None and count != 1:
            return self.tr("run {0} is one run, and this makes {1}: pick one of each").format(
                self.run, count
            )
        return None

    def save(
        self, draft: Draft, on_success: Callable[[], None],
        on_failure: Callable[[Exception], None],
    ) -> None:
        """Let the run be what a draft of one run says."""
        client, run = self._context.client, self.run
        assert run is not None

        def tell(_: None) -> None:
            self._context.messages.say(
                self.tr("Run {0} is changed, and keeps its place in the queue.").format(run)
            )
            on_success()

        self._context.jobs.run(
            lambda: client.replace_spec(run, draft.specs()[0]), tell, on_failure, owner=self
        )

    def _on_runs(self, runs: list[RunRow]) -> None:
        waits = self._still_waits(runs)
        if waits is not self._waits:
            self._waits = waits
            self.changed.emit()

    def _still_waits(self, runs: list[RunRow]) -> bool:
        return self.run is not None and any(
            run.id == self.run and run.state is RunState.QUEUED and run.started_at is None
            for run in runs
        )
