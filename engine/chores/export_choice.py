"""What of a trained system ships: which peer, what part of it, at which temperature."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from engine.analysis.dynamic import ExitAnswers, budgeted
from engine.backbones.backbone import Backbone
from engine.backbones.early_exit import MultiExit
from engine.build import Reporting, evaluation_metrics, make_backbone
from engine.exports.certificate import portable_backbone
from engine.exports.content import evenly
from engine.exports.ensemble import Ensemble, ensembled
from engine.exports.folded import folded
from engine.exports.format import outputs_of
from engine.exports.part import (
    Part,
    all_exits,
    leaving_early,
    most_common_path,
    one_exit,
    one_path,
    reparameterized,
    whole,
)
from engine.exports.shipment import Shipment
from engine.exports.tempered import fit_temperature, tempered
from engine.metrics.ece import ece
from engine.spec.errors import ExportError
from engine.spec.run_spec import BackboneSpec, RunSpec
from engine.store import artifacts
from engine.store.connect import Store
from engine.training.data import Images
from engine.training.evaluate import EVALUATION_BATCH, logits_of, score

PATH_IMAGES = 1000
AS_ASKED = "as asked for"
"""Why a peer ships that was not chosen by validation."""
_ANOTHER = frozenset({"peer", "ensemble", "averaged", "temperature"})
"""Notes of networks that answer otherwise than the one whose numbers the run has stored."""
BEST, ENSEMBLE, ALL, COMMON = "best", "ensemble", "all", "common"


def choose(
    store: Store, shipment: Shipment, held_out: Images | None, arguments: Mapping[str, Any],
    progress: Reporting,
) -> Shipment:
    """Choose what ships; see `export_run` for the arguments.

    Args:
        store: where the run's curves are.
        shipment: of the network that the method ships.
        held_out: validation images; None where there are none.
        arguments: of the export.
        progress: told what is measured.

    Raises:
        ExportError: there is no such peer or part, or nothing to choose by.
    """
    if (asked := arguments.get("peer")) not in (None, ""):
        progress(0, 0, "choosing the peer")
        shipment = _choose_peer(shipment, held_out, str(asked))
    if len(shipment.peers) == 1 or _names_a_part(arguments):
        part = _part(store, shipment, held_out or shipment.training, arguments)
    else:
        part = ensembled(shipment.network)
    if arguments.get("fold_bn"):
        images = held_out or shipment.training
        some = images.take(torch.arange(2) % len(images))[0]
        part = folded(part, shipment.network, shipment.normalise(some))
    shipment = replace(shipment, part=part)
    if arguments.get("temperature"):
        progress(0, 0, "fitting the temperature")
        shipment = _with_temperature(shipment, held_out)
    shipment = _with_budgets(shipment, held_out, progress)
    return replace(shipment, results=_results(store, shipment, progress))


# ---- peers


def _choose_peer(shipment: Shipment, held_out: Images | None, asked: str) -> Shipment:
    peers = [peer for peer in shipment.system.peers if isinstance(peer, Backbone)]
    if len(peers) == 1:
        raise ExportError("this run trained one network: there is no peer to choose")
    specs = peer_specs(shipment.spec, len(peers))
    if asked == ENSEMBLE:
        return _ensemble(shipment, peers, specs)
    number, chosen, val_top1 = _peer_number(shipment, peers, held_out, asked)
    index, spec = number - 1, specs[number - 1]
    told = {"number": number, "of": len(peers), "chosen": chosen}
    if val_top1:
        told["val_top1"] = val_top1
    channels = shipment.image_shape[2]
    return replace(
        shipment, trained=peers[index], peers=(index,), backbone=spec,
        blank=lambda: make_backbone(spec, len(shipment.classes), channels),
        notes={**shipment.notes, "peer": told},
    )


def _ensemble(
    shipment: Shipment, peers: Sequence[Backbone], specs: Sequence[BackboneSpec]
) -> Shipment:
    size = len(shipment.classes), shipment.image_shape[2]
    told = [portable_backbone(spec) for spec in specs]
    return replace(
        shipment, trained=Ensemble(peers).eval(), peers=tuple(range(len(peers))),
        blank=lambda: Ensemble([make_backbone(spec, *size) for spec in specs]),
        notes={**shipment.notes, "ensemble": told},
    )


def peer_specs(spec: RunSpec, count: int) -> list[BackboneSpec]:
    """What each peer is: the run's backbone, or another where the method's options say so."""
    others = spec.method.options.get("peer_backbones") or ()
    named = [BackboneSpec(name=name) for name in others] or [spec.backbone] * (count - 1)
    return [spec.backbone, *named]


def _peer_number(
    shipment: Shipment, peers: Sequence[Backbone], held_out: Images | None, asked: str
) -> tuple[int, str, list[float]]:
    """Which peer, counted from 1, why, and the validation top-1 of all where they were asked."""
    if asked != BEST:
        if not asked.isdecimal() or not 1 <= int(asked) <= len(peers):
            raise ExportError(
                f"peer '{asked}': it is a number from 1 to {len(peers)}, best or ensemble"
            )
        return int(asked), AS_ASKED, []
    if held_out is None:
        raise ExportError("there are no validation images to choose the best peer by: name one")
    metrics = {"top1": evaluation_metrics()["top1"]}
    reached = [
        score(logits_of(peer, held_out, shipment.normalise), held_out.labels_N, metrics)["top1"]
        for peer in peers
    ]
    return *best_peer(reached), reached


def best_peer(reached: Sequence[float]) -> tuple[int, str]:
    """Which peer is the best by its top-1 on validation, counted from 1, and how that is said."""
    best = max(range(len(reached)), key=lambda p: (reached[p], -p))
    said = ", ".join(f"{top1:.2f}" for top1 in reached)
    return best + 1, f"best by validation (top-1 of the peers: {said} %)"


# ---- parts


def _names_a_part(arguments: Mapping[str, Any]) -> bool:
    named = (arguments.get("exit"), arguments.get("path"), arguments.get("reparameterize") or None)
    return any(value is not None for value in named)


def _part(
    store: Store, shipment: Shipment, images: Images, arguments: Mapping[str, Any]
) -> Part:
    """What of the network ships; see `export_run`."""
    network, size = shipment.network, shipment.image_shape[:2]
    exit_, path, fold = (arguments.get(key) for key in ("exit", "path", "reparameterize"))
    if sum((exit_ is not None, path is not None, bool(fold))) > 1:
        raise ExportError("one of an exit, a path and the re-parameterised network ships, not two")
    if fold:
        return reparameterized(network)
    if path is not None:
        return one_path(network, _taken(shipment, images, str(path)), size)
    if exit_ is None:
        return whole()
    if exit_ == ALL:
        return all_exits(network, size, _curve(store, shipment, "budgeted"))
    try:
        return one_exit(network, int(exit_), size)
    except ValueError:
        raise ExportError(f"exit '{exit_}': it is a number from 1 on, or all") from None


def _taken(shipment: Shipment, images: Images, path: str) -> tuple[bool, ...]:
    """The blocks of a path as the user names it."""
    if path == COMMON:
        some = torch.arange(min(len(images), PATH_IMAGES))
        with torch.no_grad():
            return most_common_path(shipment.network, shipment.normalise(images.take(some)[0]))
    if not path or set(path) - {"0", "1"}:
        raise ExportError(f"path '{path}': it is a row of ones and zeros, or common")
    return tuple(block == "1" for block in path)


def _curve(store: Store, shipment: Shipment, kind: str) -> dict[str, Any] | None:
    """The run's stored curve of these weights; where the best are the last, one is stored.

    A curve is of the network that the method ships, with weights that it had while it was trained.
    """
    if shipment.peers != (0,) or _is_another(shipment):
        return None
    kept = {facts["weights"]: facts for _, facts in
            artifacts.facts_of(store, [shipment.run], "curve") if facts["kind"] == kind}
    return kept.get(shipment.weights) or (kept.get("last") if shipment.weights == "best" else None)


def _with_budgets(
    shipment: Shipment, held_out: Images | None, progress: Reporting
) -> Shipment:
    """Choose the thresholds to leave early by, where the run has stored none that hold for this."""
    part, told = shipment.part, dict(shipment.part.facts)
    costs = told.get("multiply_adds")
    if not isinstance(shipment.network, MultiExit) or not isinstance(costs, list):
        return shipment
    if "temperature" in shipment.notes:  # confidences are others now
        told.pop("leave_early", None)
    if "leave_early" not in told and held_out is not None:
        progress(0, 0, "choosing the thresholds to leave early by")
        known, seen = (_confidences(shipment, images) for images in (held_out, shipment.test))
        told["leave_early"] = leaving_early(budgeted(known, seen, costs).to_json())
    return replace(shipment, part=replace(part, facts=told))


def _confidences(shipment: Shipment, images: Images) -> ExitAnswers:
    logits_ENK, labels_N = _answers(shipment, images)
    highest_EN, predicted_EN = torch.from_numpy(logits_ENK).softmax(dim=2).max(dim=2)
    return ExitAnswers(highest_EN.double().numpy(), predicted_EN.numpy() == labels_N)


# ---- temperature


def _with_temperature(shipment: Shipment, held_out: Images | None) -> Shipment:
    if held_out is None:
        raise ExportError("there are no validation images to fit a temperature on")
    val_ONK, labels_N = _answers(shipment, held_out)
    values = [fit_temperature(logits_NK, labels_N) for logits_NK in val_ONK]
    test_ONK, test_labels_N = _answers(shipment, shipment.test)
    before = float(ece(torch.from_numpy(test_ONK[-1]), torch.from_numpy(test_labels_N)))
    told = {"values": values, "num_images": len(labels_N), "test_ece_before": before}
    return replace(
        shipment, part=tempered(shipment.part, values),
        notes={**shipment.notes, "temperature": told},
    )


@torch.inference_mode()
def _answers(
    shipment: Shipment, images: Images
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Logits (O, N, K) of what ships, and the labels."""
    network = shipment.part.cut(shipment.network).eval()
    rows = evenly(len(images), len(images))
    pieces = [
        torch.stack(outputs_of(network(shipment.normalise(images.take(part)[0])))).float()
        for part in rows.split(EVALUATION_BATCH)
    ]
    return torch.cat(pieces, dim=1).numpy(), images.labels_N.numpy()


# ---- numbers


def _is_another(shipment: Shipment) -> bool:
    return not _ANOTHER.isdisjoint(shipment.notes)


def _results(store: Store, shipment: Shipment, progress: Reporting) -> Mapping[str, float]:
    """The test numbers that hold for what ships: stored ones, or measured now."""
    part = shipment.part
    if "path" not in part.facts and not _is_another(shipment):
        if "exit" not in part.facts:
            return shipment.results
        if (anytime := _curve(store, shipment, "anytime")) is not None:
            return {"test/top1": anytime["top1"][part.facts["exit"] - 1]}
    progress(0, 0, f"testing {part.name} on {len(shipment.test):,} images")
    logits_ONK, labels_N = _answers(shipment, shipment.test)
    last_NK, labels = torch.from_numpy(logits_ONK[-1]), torch.from_numpy(labels_N)
    measured = score(last_NK, labels, evaluation_metrics())
    return {f"test/{name}": value for name, value in measured.items()}
