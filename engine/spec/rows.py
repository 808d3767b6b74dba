"""Rows of the store as plain values, for whoever shows them."""

from dataclasses import dataclass, field
from typing import Any

from engine.spec.naming import fork_name, with_options
from engine.spec.run_state import RunState

EMA = "ema"
"""Ends the key of a number that is of the averaged weights: `val/top1/ema`."""


def is_averaged(key: str) -> bool:
    """Whether a number is of the running average of the weights, not of the weights themselves."""
    return key.endswith(f"/{EMA}")


@dataclass(frozen=True)
class Summary:
    """What is left of a series in one line: its last and its best value.

    For `val/…` keys best is the best by the metric's own direction; for `test/…` keys it is the
    value of the weights that were best on validation, never the best on test.
    """

    last: float | None
    last_step: int | None
    best: float | None
    best_step: int | None


@dataclass(frozen=True)
class RunRow:
    """One run, as shown in tables. Times are seconds since the epoch."""

    id: int
    experiment: str
    name: str
    seed: int
    digest: str
    context: str
    method: str
    backbone: str
    dataset: str
    epochs: int
    created_at: float
    colour: int
    position: float
    pinned: bool
    tags: tuple[str, ...]
    note: str
    state: RunState
    error: str
    started_at: float | None
    finished_at: float | None
    seconds: float
    step: int
    num_steps: int
    steps_per_epoch: int
    images_per_s: float | None
    device: str
    params_training: int | None
    params_deployed: int | None
    summaries: dict[str, Summary] = field(default_factory=dict[str, Summary])
    options: dict[str, Any] = field(default_factory=dict[str, Any])
    """The method's, as far as they differ from the defaults."""
    forked_from: int | None = None
    """The run that it goes on from, which may be gone by now."""
    forked_at: int | None = None
    """The epoch of that run."""
    abandoned: bool = False
    """Whether it is said to be running though its worker is gone; only a window looks after that,
    while there is no engine to enter it."""

    @property
    def variant(self) -> str:
        """What is compared: the method (and what goes with it), its options, where it forked."""
        variant = with_options(self.method, self.options)
        return variant if self.forked_at is None else fork_name(variant, self.forked_at)

    @property
    def actual_state(self) -> RunState:
        """The state as it is to be shown: nothing runs where the worker is gone."""
        return RunState.INTERRUPTED if self.abandoned else self.state

    @property
    def epoch(self) -> int:
        """Epochs completed."""
        return self.step // self.steps_per_epoch if self.steps_per_epoch else 0

    @property
    def progress(self) -> float:
        """Part of the steps done, 0 to 1."""
        return self.step / self.num_steps if self.num_steps else 0.0

    def value(self, key: str, which: str = "last") -> float | None:
        """The "last" or "best" value of a metric, None where it has none yet."""
        summary = self.summaries.get(key)
        if summary is None:
            return None
        return summary.best if which == "best" else summary.last


@dataclass(frozen=True)
class TaskRow:
    """Work beside training: an export, a prediction, a look at a dataset."""

    id: int
    kind: str
    arguments: dict[str, Any]
    state: str
    done: int
    total: int
    doing: str
    result: dict[str, Any] | None
    error: str
    created_at: float
    finished_at: float | None


@dataclass(frozen=True)
class EventRow:
    """One line of a run's log."""

    id: int
    at: float
    level: str
    text: str


@dataclass(frozen=True)
class ArtifactRow:
    """A file that belongs to a run; `path` is relative to the workspace where it lies in it."""

    id: int
    run_id: int
    kind: str
    path: str
    step: int
    bytes: int
    sha256: str
    facts: dict[str, Any]
    created_at: float


@dataclass(frozen=True)
class EngineRow:
    """The engine that holds, or last held, the workspace's lease."""

    pid: int
    process_started_at: float
    host: str
    started_at: float
    heartbeat_at: float
    devices: tuple[dict[str, Any], ...]


@dataclass(frozen=True)
class Unattended:
    """What does not go on before there is an engine, besides the runs that are queued.

    Attributes:
        runs: that are said to be running, and whose workers are gone.
        waiting_tasks: how many tasks no worker has begun.
        broken_tasks: how many a worker has begun that is gone.
    """

    runs: frozenset[int] = frozenset()
    waiting_tasks: int = 0
    broken_tasks: int = 0
