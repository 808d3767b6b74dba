"""When a run trained, and on what: whether its seconds can be held against another run's."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Clock:
    """What is known of a run's clock.

    Attributes:
        num_attempts: executions that it took; more than one, and it stood still in between.
        started_at: when the last attempt was claimed, seconds since the epoch.
        finished_at: when it ended.
        host: name of the computer.
        device: as the run's row names it.
        threads: CPU threads; None where the run has not kept it.
        beside: the runs that trained on the same device of the computer meanwhile.
    """

    num_attempts: int
    started_at: float
    finished_at: float
    host: str
    device: str
    threads: int | None = None
    beside: tuple[int, ...] = ()
