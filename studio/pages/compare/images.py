"""What the compare page says of single images, read of what the networks answered. No Qt here."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from engine.analysis.answers import (
    ClassDifference,
    Flips,
    class_differences,
    confusion_difference,
    find_flips,
    pair_up,
)
from engine.analysis.calibration import Reliability, reliability
from engine.analysis.comparison import Comparison, Group, baseline_of
from engine.analysis.peers import Ensemble, ensemble
from engine.spec.errors import DataError
from studio.pages.compare.answers import AnswersReader
from studio.pages.compare.study import Study

if TYPE_CHECKING:
    from studio.bridge.client import Client


@dataclass(frozen=True)
class Difference:
    """A variant against its baseline, image by image, over the seeds of which both are known.

    Attributes:
        label: what the variant is called.
        rival: what its baseline is called.
        run: one of its runs, that has the images.
        flips: images that it fixes and breaks.
        classes: by how much it gains.
        confusion_KK: counts by label and answer, variant − baseline, mean over seeds.
    """

    label: str
    rival: str
    run: int
    flips: Flips
    classes: tuple[ClassDifference, ...]
    confusion_KK: NDArray[np.float64]


@dataclass(frozen=True)
class ImageStudy:
    """What is known of single images.

    Attributes:
        difference: None where no seed has the answers of both.
        calibration: of every variant that has answers, by digest.
        peers: of every variant that trained several networks, by digest.
        problems: why something is left out, a line each.
    """

    difference: Difference | None = None
    calibration: Mapping[str, Reliability] = field(default_factory=dict)
    peers: Mapping[str, Ensemble] = field(default_factory=dict)
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
    reader = AnswersReader(client, study.rows, comparison.which)
    calibration: dict[str, Reliability] = {}
    peers: dict[str, Ensemble] = {}
    for group in comparison.groups:
        said = [answers for run in group.runs if (answers := reader.read(run)) is not None]
        if said:
            calibration[group.digest] = reliability(said)
        together = [peer for run in group.runs if (peer := reader.read_peers(run)) is not None]
        if together:
            peers[group.digest] = ensemble(together)
    difference: Difference | None = None
    for group, rival in rivalries(comparison):
        if group.digest == digest:
            try:
                difference = _difference(group, rival, reader, study.names())
            except DataError as error:
                reader.problems.append(str(error))
    return ImageStudy(difference, calibration, peers, tuple(reader.problems))


def _difference(
    group: Group, rival: Group, reader: AnswersReader, names: Mapping[str, str]
) -> Difference | None:
    pairs = pair_up(group, rival, reader.read)
    if not pairs:
        return None
    return Difference(
        names[group.digest], names[rival.digest], pairs[0].run, find_flips(pairs),
        class_differences(pairs), confusion_difference(pairs),
    )
