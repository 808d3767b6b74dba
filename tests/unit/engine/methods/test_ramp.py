import math

import pytest

from engine.methods.batch import Moment
from engine.methods.ramp import ramp_weight


def at(epoch, num_epochs):
    """A moment in a training of ten steps an epoch."""
    return Moment(round(10 * epoch), 10 * num_epochs, int(epoch), num_epochs)


def test_that_the_weight_follows_the_papers_over_80_of_300_epochs():
    weights = [ramp_weight(at(epoch, 300), 80) for epoch in (0, 40, 79, 80, 299)]
    expected = [math.exp(-5), math.exp(-5 / 4), math.exp(-5 / 80**2), 1.0, 1.0]
    assert weights == pytest.approx(expected)


def test_that_a_ramp_takes_half_of_a_short_training():
    assert ramp_weight(at(15, 30), 80) == 1.0
    assert ramp_weight(at(7.5, 30), 80) == pytest.approx(math.exp(-5 / 4))


def test_that_the_weight_grows_within_an_epoch_too():
    weights = [ramp_weight(at(epoch, 1), 80) for epoch in (0, 0.1, 0.2, 0.3, 0.5, 0.9)]
    assert weights == sorted(weights)
    assert weights[0] == pytest.approx(math.exp(-5))
    assert weights[-2:] == [1.0, 1.0]


def test_that_there_may_be_no_ramp():
    assert ramp_weight(at(0, 300), 0) == 1.0
