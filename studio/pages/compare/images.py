"""What the compare page says of single images, read of what the networks answered. No Qt here."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from engine.analysis.answers import (
    Answers,
    ClassDifference,
    Flips,
    PairTest,
    baseline_of,
    class_differences,
    confusion_difference,
    find_flips,
    mcnemar,
    pair_up,
    step_of_test,
)
from engine.analysis.calibration import Reliability, reliability
from engine.analysis.compare import Comparison, Group, Which
from engine.spec.errors import DataError
from engine.spec.rows import RunRow
from studio.pages.compare.study import Study

if TYPE_CHECKING:
    from studio.bridge.client import Client


@dataclass(frozen=True)
class Difference:
    """A variant against its baseline, image by image, over the seeds of which both are known.

    Attributes:
        run: one of its runs, that has the images.
        tests: McNemar's, by seed.
        flips: images that it fixes and breaks.
        classes: by how much it gains.
        confusion_KK: counts by label and answer, variant − baseline, mean over seeds.
    """

    run: int
    tests: tuple[PairTest, ...]
    flips: Flips
    classes: tuple[ClassDifference, ...]
    confusion_KK: NDArray[np.float64]


@dataclass(frozen=True)
class ImageStudy:
    """What is known of single images.

    Attributes:
        difference: None where no seed has the answers of both.
        calibration: of every variant that has answers, by digest.
        problems: why something is left out, a line each.
    """

    difference: Difference | None = None
    calibration: Mapping[str, Reliability] = field(default_factory=dict)
    problems: tuple[str, ...] = ()


def rivalries(comparison: Comparison) -> list[tuple[Group, Group]]:
    """Every variant that stands against a baseline, with it."""
    found = ((group, baseline_of(comparison, group)) for group in comparison.groups)
    return [(group, rival) for group, rival in found if rival is not None]


def read_images(client: "Client", study: Study, digest: str) -> ImageStudy:
    """Read what the networks of a study said, and set one variant against its baseline.

    Args:
        client: the workspace.
        study: the comparison; its question says whether last or best weights count.
        digest: of the variant.
    """
    comparison = study.comparison
    reader = _Reader(client, study.rows, comparison.which)
    calibration: dict[str, Reliability] = {}
    for group in comparison.groups:
        said = [answers for run in group.runs if (answers := reader.read(run)) is not None]
        if said:
            calibration[group.digest] = reliability(said)
    difference: Difference | None = None
    for group, rival in rivalries(comparison):
        if group.digest == digest:
            try:
                difference = _difference(group, rival, reader)
            except DataError as error:
                reader.problems.append(str(error))
    return ImageStudy(difference, calibration, tuple(reader.problems))


def to_csv(classes: Sequence[ClassDifference], names: Sequence[str]) -> str:
    """Return one line per class in full precision; ends of intervals of one seed are empty."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow((
        "class", "images", "accuracy", "baseline_accuracy", "difference", "difference_low",
        "difference_high", "common_seeds",
    ))
    for each in classes:
        apart = each.difference
        ends = (apart.interval.low, apart.interval.high) if apart.interval else (None, None)
        writer.writerow((
            names[each.label], each.num_images, each.mean, each.rival_mean, apart.mean, *ends,
            apart.n,
        ))
    return out.getvalue()


class _Reader:
    """Reads what runs said of the test images, each once; notes what cannot be read."""

    def __init__(self, client: "Client", rows: Sequence[RunRow], which: Which) -> None:
        self._client = client
        self._which: Which = which
        self._rows = {row.id: row for row in rows}
        self._said: dict[int, Answers | None] = {}
        self.problems: list[str] = []

    def read(self, run: int) -> Answers | None:
        if run not in self._said:
            try:
                self._said[run] = self._look(run)
            except DataError as error:
                self._said[run] = None
                self.problems.append(str(error))
        return self._said[run]

    def _look(self, run: int) -> Answers | None:
        step = step_of_test(self._rows[run], self._which)
        path = self._client.predictions(run)["test"].get(step or 0)
        return self._client.read_predictions(path) if path else None


def _difference(group: Group, rival: Group, reader: _Reader) -> Difference | None:
    pairs = pair_up(group, rival, reader.read)
    if not pairs:
        return None
    return Difference(
        pairs[0].run, tuple(mcnemar(group, rival, pair) for pair in pairs), find_flips(pairs),
        class_differences(pairs), confusion_difference(pairs),
    )
