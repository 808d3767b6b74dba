"""`sila fork`: runs that go on from an epoch of others, with something changed."""

from collections.abc import Sequence

from engine.cli.follow import current_catalog
from engine.spec.errors import SpecError
from engine.spec.spec_file import with_settings
from engine.store import forks, runs
from engine.store.connect import Store


def fork_runs(
    store: Store, numbers: Sequence[int], epoch: int | None, sets: Sequence[str], name: str = ""
) -> list[int]:
    """Queue a fork of each of some runs; returns their numbers.

    Args:
        store: of the workspace.
        numbers: of the parents.
        epoch: after which of their epochs.
        sets: overrides of the parents' specs.
        name: of each fork; empty gives them names.

    Raises:
        SpecError: no epoch is named, or a fork could not go on from there; nothing was queued.
        StoreError: a run or its checkpoint is not there; nothing was queued.
    """
    if epoch is None:
        points = [str(point.epoch) for point in forks.fork_points(store, numbers)]
        known = ", ".join(points) or "none (training.keep_every keeps some)"
        raise SpecError(f"name an epoch with --at; there are checkpoints of: {known}")
    catalog = current_catalog(store)
    specs = {
        number: catalog.resolve(with_settings(runs.get_spec(store, number), sets))
        for number in numbers
    }
    return forks.fork(store, specs, epoch, name)
