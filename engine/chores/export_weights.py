"""The weights that ship: the best by validation, the last, or an average of either kind."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from torch import Tensor

from engine.backbones.backbone import Backbone
from engine.exports.averaged import mean_state, renew_statistics
from engine.exports.content import evenly
from engine.methods.method import Method
from engine.spec.errors import ExportError
from engine.spec.rows import EMA, RunRow, is_averaged
from engine.store import artifacts, runs
from engine.store.connect import Store
from engine.training.checkpoint import CHECKPOINTS, checkpoints, read_checkpoint
from engine.training.data import Images, Normalise
from engine.training.weights import EMA_WEIGHTS, load_weights, reason, stored_weights

AVERAGE = "average"
_STATISTICS_IMAGES, _BATCH = 2048, 128


@dataclass(frozen=True)
class Loaded:
    """What is known of the weights that a system was given.

    Attributes:
        step: optimiser step, of several the last.
        results: stored test numbers of the network that the method ships, if there are any.
        notes: what else the certificate tells.
    """

    step: int
    results: Mapping[str, float] = field(default_factory=dict[str, float])
    notes: Mapping[str, Any] = field(default_factory=dict[str, Any])


def load_into(
    system: Method, store: Store, row: RunRow, weights: str, training: Images, normalise: Normalise
) -> Loaded:
    """Give a training system the weights of a completed run.

    Args:
        system: as the run's spec makes it.
        store: where the run is.
        row: the run.
        weights: "best", "last", "average" (of checkpoints) or "ema" (kept while training).
        training: its training images, for the statistics of averaged networks, and of peers whose
            widths were never calibrated.
        normalise: pixels to input.

    Raises:
        DataError, SpecError: the weights are missing or damaged, or of another name.
        ExportError: they do not fit, or there are not enough to average.
    """
    if weights == AVERAGE:
        return _load_average(system, store, row, training, normalise)
    loaded = _load_ema(system, store, row) if weights == EMA else _load_kept(
        system, store, row, weights
    )
    for peer in system.peers[1:]:  # the training has calibrated the one that it evaluates
        if isinstance(peer, Backbone) and peer.needs_calibration:
            peer.calibrate(_some(training, normalise))
    return loaded


def _load_kept(system: Method, store: Store, row: RunRow, weights: str) -> Loaded:
    """The weights that were the best by validation, or the last."""
    path, step = stored_weights(store.workspace.run_folder(row.id), row, weights)
    _fit(system, load_weights(path, artifacts.sha256_of(store, row.id, path)), row, str(path))
    return Loaded(step, {
        key: value for key, summary in row.summaries.items()
        if key.startswith("test/") and not is_averaged(key)
        and (value := getattr(summary, weights)) is not None
    })


def _load_ema(system: Method, store: Store, row: RunRow) -> Loaded:
    """The running average of the weights, as it stood at the end."""
    decay = runs.get_spec(store, row.id).training.ema_decay
    if not decay:
        raise ExportError(
            f"run {row.id} has averaged no weights: train with training.ema_decay, such as 0.999"
        )
    path = store.workspace.run_folder(row.id) / EMA_WEIGHTS
    _fit(system, load_weights(path, artifacts.sha256_of(store, row.id, path)), row, str(path))
    return Loaded(row.num_steps, {
        key.removesuffix(f"/{EMA}"): summary.last for key, summary in row.summaries.items()
        if key.startswith("test/") and is_averaged(key) and summary.last is not None
    }, {"ema": {"decay": decay}})


def _load_average(
    system: Method, store: Store, row: RunRow, training: Images, normalise: Normalise
) -> Loaded:
    """The mean over the checkpoints that were kept of the second half of the training."""
    folder = store.workspace.run_folder(row.id) / CHECKPOINTS
    states: list[Mapping[str, Tensor]] = []
    steps: list[int] = []
    for step, place in sorted(checkpoints(folder).items()):
        if 2 * step < row.num_steps:
            continue
        try:
            found = read_checkpoint(place)
        except Exception as error:  # whatever is in a damaged file raises about everything
            said = reason(error)
            raise ExportError(f"the checkpoint {place} is damaged ({said})") from None
        if found.run.startswith(f"{row.id} "):  # a fork begins with another run's
            states.append(found.system)
            steps.append(step)
    if len(states) < 2:
        raise ExportError(
            f"an average needs two checkpoints of the training's second half, and run {row.id} has "
            f"kept {len(states)}: train with training.keep_every"
        )
    _fit(system, mean_state(states), row, f"the mean of its {len(states)} checkpoints")
    for peer in system.peers:
        if isinstance(peer, Backbone):
            renew_statistics(peer, _some(training, normalise))
    return Loaded(steps[-1], notes={"averaged": {"steps": steps}})


def _fit(system: Method, state: Mapping[str, Tensor], row: RunRow, what: str) -> None:
    try:
        system.load_state_dict(state)
    except RuntimeError as error:
        raise ExportError(f"{what} does not fit run {row.id}: {error}") from None


def _some(training: Images, normalise: Normalise) -> Iterator[Tensor]:
    for rows in evenly(len(training), _STATISTICS_IMAGES).split(_BATCH):
        if len(rows) > 1:  # batch norms cannot learn from one
            yield normalise(training.take(rows)[0])
