"""The states of a run, and which of them follow each other."""

from enum import StrEnum


class RunState(StrEnum):
    """Where a run is. `paused`, `failed`, `cancelled` and `interrupted` can be resumed."""

    QUEUED = "queued"
    RUNNING = "running"
    PAUSED = "paused"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"

    @property
    def is_active(self) -> bool:
        """Whether the engine still has something to do for it."""
        return self in (RunState.QUEUED, RunState.RUNNING)

    @property
    def can_resume(self) -> bool:
        """Whether `resume` makes sense."""
        return self in (
            RunState.PAUSED, RunState.FAILED, RunState.CANCELLED, RunState.INTERRUPTED
        )
