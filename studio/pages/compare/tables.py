"""Curves, settings and single images of a comparison as tables. No Qt here.

In full, they are one line per fact; rounded, they are what the page shows.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from engine.analysis.answers import Flip
from engine.analysis.calibration import Reliability
from engine.analysis.intervals import MeanStd
from engine.analysis.peers import Ensemble
from engine.analysis.text_tables import Table
from engine.analysis.wording import MINUS, mean_text, number, signed_range
from engine.spec.rows import RunRow
from studio.pages.compare.images import Difference
from studio.pages.compare.study import Study, Variant

_WHO = ("label", "backbone", "dataset", "digest")


def setting_text(value: Any) -> str:
    """A setting as it is read."""
    if value is None:
        return "–"
    if isinstance(value, list):
        return ", ".join(map(str, value))  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
    return f"{value:.12g}" if isinstance(value, float) else str(value)


def settings_table(study: Study) -> Table:
    """Return a row per setting, a column per variant."""
    names = list(study.names().values())
    return Table(
        ["setting", *names], [[row.key, *row.values] for row in study.settings],
        ["Setting", *names],
        [[row.key, *map(setting_text, row.values)] for row in study.settings],
    )


# ---- curves


def curves_table(study: Study, *, every_run: bool) -> Table:
    """Return what each run had at each epoch, beside mean and deviation of its variant.

    Args:
        study: has them.
        every_run: a column per run is read in place of one per variant.
    """
    unit = study.comparison.unit
    read = _by_run(study, unit) if every_run else _by_variant(study, unit)
    epochs = sorted({epoch for column in read.values() for epoch in column})
    return Table(
        ["metric", *_WHO, "run", "seed", "epoch", "value", "mean", "std", "n"],
        list(_points(study)),
        ["Epoch", *read],
        [[f"{epoch:g}", *(column.get(epoch, "") for column in read.values())] for epoch in epochs],
        ["Epoch", *read], note=study.band_key,
    )


def _points(study: Study) -> Iterator[Sequence[Any]]:
    for variant, row in _in_order(study):
        found = study.bands[variant.digest]
        spread_S = found.high - found.mean
        means = {
            epoch: (mean, std if found.n > 1 else None, found.n)
            for epoch, mean, std in zip(
                found.steps.tolist(), found.mean.tolist(), spread_S.tolist(), strict=True
            )
        }
        who = study.band_key, *_of(variant), row.id, row.seed
        epochs, values = study.curves[row.id]
        for epoch, value in zip(epochs.tolist(), values.tolist(), strict=True):
            yield *who, epoch, value, *means.get(epoch, (None, None, None))


def _by_variant(study: Study, unit: str) -> dict[str, dict[float, str]]:
    return {
        study.names()[variant.digest]: {
            epoch: mean_text(mean, high - mean if found.n > 1 else None, unit)
            for epoch, mean, high in zip(
                found.steps.tolist(), found.mean.tolist(), found.high.tolist(), strict=True
            )
        }
        for variant in study.variants if (found := study.bands.get(variant.digest)) is not None
    }


def _by_run(study: Study, unit: str) -> dict[str, dict[float, str]]:
    names = study.run_names()
    return {
        names[row.id]: {
            epoch: number(value, unit)
            for epoch, value in zip(*(axis.tolist() for axis in study.curves[row.id]), strict=True)
        }
        for _, row in _in_order(study)
    }


def _in_order(study: Study) -> list[tuple[Variant, RunRow]]:
    """The runs that have a curve, with their variants and in their order."""
    return [
        (variant, row) for variant in study.variants for row in study.rows
        if row.digest == variant.digest and row.id in study.curves
    ]


# ---- single images


def flips_table(difference: Difference, names: Sequence[str]) -> Table:
    """Return every image that the variant fixes or breaks, the most stable first of each."""
    flips = difference.flips
    sides = [("fixed", flip, flip.after) for flip in flips.fixed]
    sides += [("broken", flip, flip.before) for flip in flips.broken]

    def said(flip: Flip, label: int) -> list[str]:
        return [names[label], names[flip.before], names[flip.after]]

    return Table(
        ["variant", "baseline", "flip", "image", "class", "baseline_says", "variant_says", "seeds",
         "num_seeds", "common_seeds"],
        [
            [difference.label, difference.rival, side, flip.image, *said(flip, label),
             _joined(flip), flip.num_seeds, flips.num_seeds]
            for side, flip, label in sides
        ],
        ["Image", "Class", f"{difference.rival} says", f"{difference.label} says", "Flip", "Seeds"],
        [[str(flip.image), *said(flip, label), side, _joined(flip)] for side, flip, label in sides],
        ["Image"], note=_versus(difference),
    )


def classes_table(difference: Difference, names: Sequence[str]) -> Table:
    """Return a row per class; ends of intervals of one seed are empty."""
    values: list[Sequence[Any]] = []
    rows: list[Sequence[str]] = []
    for each in difference.classes:
        apart, name = each.difference, names[each.label]
        ends = apart.interval
        values.append((
            difference.label, difference.rival, name, each.num_images, each.mean, each.rival_mean,
            apart.mean, ends and ends.low, ends and ends.high, apart.n,
        ))
        rows.append((
            name, f"{each.num_images:,}", number(each.rival_mean, "%"), number(each.mean, "%"),
            number(apart.mean or 0.0, "%", signed=True), signed_range(ends, "%") if ends else "",
        ))
    header = ["Class", "Images", difference.rival, difference.label, "Difference", "95 % interval"]
    return Table(
        ["variant", "baseline", "class", "images", "accuracy", "baseline_accuracy", "difference",
         "difference_low", "difference_high", "common_seeds"],
        values, header, rows, header[1:5], note=_versus(difference),
    )


def confusion_table(difference: Difference, names: Sequence[str]) -> Table:
    """Return a row per class and a column per answer: images a seed, variant − baseline."""
    apart_KK = np.zeros((len(names), len(names)))
    classes = len(difference.confusion_KK)
    apart_KK[:classes, :classes] = difference.confusion_KK
    return Table(
        ["class", *names],
        [[name, *row] for name, row in zip(names, apart_KK.tolist(), strict=True)],
        ["Class", *names],
        [
            [name, *(f"{apart:+.2f}".replace("-", MINUS) if apart else "0" for apart in row)]
            for name, row in zip(names, apart_KK.tolist(), strict=True)
        ],
        names, note=f"{_versus(difference)}: images of a class by answer, mean over seeds",
    )


def calibration_table(study: Study, calibration: Mapping[str, Reliability]) -> Table:
    """Return in full a row per bin of the diagram, to be read one per variant."""
    known = [(v, calibration[v.digest]) for v in study.variants if v.digest in calibration]
    names = study.names()
    header = ["Variant", "Seeds", "ECE (%)", "Confidence (%)", "Accuracy (%)", "Too sure by"]
    return Table(
        [*_WHO, "n", "ece", "ece_std", "confidence", "accuracy", "bin_confidence", "bin_accuracy",
         "bin_images"],
        [
            [*_of(variant), found.ece.n, found.ece.mean, found.ece.std, found.confidence,
             found.accuracy, each.confidence, each.accuracy, each.num_images]
            for variant, found in known for each in found.bins
        ],
        header,
        [[names[variant.digest], *calibration_cells(found)] for variant, found in known],
        header[1:],
    )


def calibration_cells(found: Reliability) -> tuple[str, ...]:
    """Seeds, calibration error, confidence, accuracy, and by how much it is too sure."""
    return (
        str(found.ece.n), _over_seeds(found.ece), number(found.confidence, "%"),
        number(found.accuracy, "%"), number(found.confidence - found.accuracy, "%", signed=True),
    )


def peers_table(study: Study, peers: Mapping[str, Ensemble]) -> Table:
    """Return in full a row per peer, the first of which ships; to be read one per variant."""
    known = [(v, peers[v.digest]) for v in study.variants if v.digest in peers]
    names, most = study.names(), most_peers(peers)
    header = [
        "Variant", "Seeds", "Peer 1 (ships)", *(f"Peer {at}" for at in range(2, most + 1)),
        "Together", "Together − ships", "Disagreement (%)",
    ]
    return Table(
        [*_WHO, "peer", "ships", "accuracy", "std", "n", "ensemble", "ensemble_gain",
         "disagreement"],
        [
            [*_of(variant), at, int(at == 1), peer.mean, peer.std, peer.n, found.together.mean,
             found.gain.mean, found.disagreement.mean]
            for variant, found in known for at, peer in enumerate(found.each, 1)
        ],
        header,
        [[names[variant.digest], *peers_cells(found, most)] for variant, found in known],
        header[1:],
    )


def most_peers(peers: Mapping[str, Ensemble]) -> int:
    """How many peers the variant with most of them has."""
    return max((len(found.each) for found in peers.values()), default=0)


def peers_cells(found: Ensemble, most: int) -> tuple[str, ...]:
    """Seeds, each of at most so many peers, all together, what that gains, disagreement."""
    return (
        str(found.together.n), *map(_over_seeds, found.each), *[""] * (most - len(found.each)),
        _over_seeds(found.together), _over_seeds(found.gain, signed=True),
        _over_seeds(found.disagreement),
    )


def _over_seeds(found: MeanStd, *, signed: bool = False) -> str:
    return mean_text(found.mean or 0.0, found.std, "%", signed=signed)


def _of(variant: Variant) -> tuple[str, ...]:
    return tuple(getattr(variant, name) for name in _WHO)


def _joined(flip: Flip) -> str:
    return " ".join(map(str, flip.seeds))


def _versus(difference: Difference) -> str:
    return f"{difference.label} − {difference.rival}"
