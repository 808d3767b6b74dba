import itertools

import numpy as np
import pytest

from engine.exports import latency as module
from engine.exports.latency import LEAST_CALLS, MOST_CALLS, TIMED_BATCHES, latency, ratio_text


@pytest.fixture
def clock(monkeypatch):
    """A function: a file whose calls take these seconds, over and over, of a clock that it is."""
    now = [0.0]
    monkeypatch.setattr(module, "TIMED_S", 1.0)
    monkeypatch.setattr(module, "LEAST_CALLS", LEAST_CALLS)
    monkeypatch.setattr(module.time, "perf_counter", lambda: now[0])

    def make(*seconds):
        lasts = itertools.cycle(seconds)

        def predict(images):
            now[0] += next(lasts)

        return predict

    return make


def images(size):
    return np.zeros((size, 1))


def test_that_the_same_file_twice_comes_out_at_one_though_some_calls_are_interrupted(clock):
    disturbed = 0.01, 0.01, 0.01, 0.01, 0.09
    for row in latency((clock(*disturbed), clock(*disturbed)), images):
        assert row["ratio"] == pytest.approx(1.0)
        low, high = row["ratio_interval"]
        assert low <= 1.0 <= high
        assert row["ms"] == row["plain_ms"] == pytest.approx(10.0)


def test_that_a_slower_file_is_seen_beside_the_plain_one(clock):
    [one, many] = latency((clock(0.03), clock(0.01)), images)
    assert (one["batch"], many["batch"]) == TIMED_BATCHES == (1, 32)
    assert one["ratio"] == pytest.approx(3.0)
    assert ratio_text(one) == "3.00 (3.00 to 3.00)"


@pytest.mark.parametrize(("seconds", "calls"), [
    (1e-6, MOST_CALLS), (0.025, 20), (5.0, LEAST_CALLS),
])
def test_that_there_are_enough_calls_within_bounded_time(clock, seconds, calls):
    for row in latency((clock(seconds), clock(seconds)), images):
        assert row["calls"] == pytest.approx(calls, abs=1)
