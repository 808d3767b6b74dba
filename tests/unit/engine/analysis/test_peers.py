from typing import NamedTuple

import numpy as np
import pytest

from engine.analysis.peers import ensemble


class Said(NamedTuple):
    labels: np.ndarray
    predicted_PN: np.ndarray
    together: np.ndarray


def said(first, second, together):
    return Said(np.array([0, 1, 2, 3]), np.array([first, second]), np.array(together))


def test_that_peers_are_told_each_and_together():
    found = ensemble([
        said([0, 1, 2, 0], [0, 1, 0, 3], [0, 1, 2, 3]),
        said([0, 1, 0, 0], [0, 1, 0, 0], [0, 1, 0, 0]),
    ])
    assert [each.mean for each in found.each] == [62.5, 62.5]
    assert found.together.mean == 75.0
    assert (found.gain.mean, found.gain.n) == (12.5, 2)
    assert found.disagreement.mean == 25.0


def test_that_disagreement_is_the_mean_over_pairs():
    three = Said(np.zeros(4, int), np.array([[0] * 4, [0] * 4, [0, 0, 1, 1]]), np.zeros(4, int))
    found = ensemble([three])
    assert found.disagreement.mean == pytest.approx(100 / 3)
    assert found.disagreement.interval is None
    assert [each.mean for each in found.each] == [100.0, 100.0, 50.0]
