"""What comparing needs to know of a run."""

from collections.abc import Mapping
from dataclasses import dataclass

from engine.spec.clock import Clock
from engine.spec.rows import RunRow


@dataclass(frozen=True)
class RunResult:
    """What comparing needs to know of one run.

    Attributes:
        run: its id; a later run has a higher one.
        name: its experiment.
        seed: its seed.
        method: name of the method.
        backbone: name of the backbone.
        dataset: name of the dataset.
        digest: identity of the variant (any seed).
        context: identity of everything but the method and the seed.
        state: where the run is; only completed runs are compared.
        metrics: by key such as `test/top1`: the value of the "last" weights and of the "best" by
            validation.
        params_training: parameters while training.
        params_deployed: parameters that ship.
        seconds: training time.
        label: what the variant is called; empty is the method's name.
        forked_from: the run that it goes on from, if it is a fork.
        clock: when and on what it trained; None where that is not known.
    """

    run: int
    name: str
    seed: int
    method: str
    backbone: str
    dataset: str
    digest: str
    context: str
    state: str
    metrics: Mapping[str, Mapping[str, float]]
    params_training: int | None
    params_deployed: int | None
    seconds: float | None
    label: str = ""
    forked_from: int | None = None
    clock: Clock | None = None

    @property
    def is_fork(self) -> bool:
        """Whether it goes on from another run."""
        return self.forked_from is not None


def from_row(row: RunRow, clock: Clock | None = None) -> RunResult:
    """What a stored run has to say in a comparison; numbers it does not have yet are left out.

    Args:
        row: the run.
        clock: without it, its training time is held against no other.
    """
    metrics = {
        key: {
            which: value for which in ("last", "best")
            if (value := row.value(key, which)) is not None
        }
        for key in row.summaries
    }
    return RunResult(
        run=row.id, name=row.experiment, seed=row.seed, method=row.method, backbone=row.backbone,
        dataset=row.dataset, digest=row.digest, context=row.context, state=str(row.state),
        metrics=metrics, params_training=row.params_training,
        params_deployed=row.params_deployed, seconds=row.seconds or None,
        label=row.variant, forked_from=row.forked_from, clock=clock,
    )
