from dataclasses import replace

import pytest

from engine.analysis.cost import cost_ratio
from engine.analysis.wording import cost_text
from tests.unit.engine.analysis.test_compare import CLOCK, compare, group, results

PLAIN, SILA = (70.0, 71.0, 72.0), (71.1, 72.2, 73.3)


def timed(method, seconds, first=1, **changes):
    """Runs of one variant, by seed, that trained so long."""
    runs = results(method, (70.0,) * len(seconds), first=first, **changes)
    return {
        run.seed: replace(run, seconds=each) for run, each in zip(runs, seconds, strict=True)
    }


def compared(change):
    """SiLa against plain, with something changed about SiLa's runs."""
    runs = results("plain", PLAIN) + [change(run) for run in results("sila", SILA, first=11)]
    return group(compare(runs), "sila")


def test_that_times_are_held_against_each_other_seed_by_seed():
    plain = timed("plain", (10.0, 20.0, 40.0))
    sila = timed("sila", (11.0, 24.0, 52.0), first=11)
    found = cost_ratio(sila, plain)
    assert (found.n, found.low, found.high) == (3, pytest.approx(1.1), pytest.approx(1.3))
    assert found.mean == pytest.approx((1.1 * 1.2 * 1.3) ** (1 / 3))
    inverse = cost_ratio(plain, sila)
    assert found.mean * inverse.mean == pytest.approx(1)
    assert cost_text(found, 3) == "1.20 × (1.10 to 1.30)"
    assert cost_text(found, 4) == "1.20 × (1.10 to 1.30, 3 seeds)"


def test_that_a_seed_that_only_one_has_does_not_count():
    plain, sila = timed("plain", (10.0, 20.0)), timed("sila", (300.0, 24.0), first=11, seed=-1)
    found = cost_ratio({seed: run for seed, run in sila.items() if seed < 0} | {1: sila[0]}, plain)
    assert (found.seeds, found.mean) == ((1,), pytest.approx(1.2))
    assert cost_text(found, 1) == "1.20 × (1 seed)"
    assert cost_ratio(sila, timed("plain", (10.0,), seed=7)) is None


@pytest.mark.parametrize(("change", "said"), [
    (lambda r: replace(r, clock=replace(CLOCK, host="there")),
     "runs 1 and 11 trained on different computers (here, there)"),
    (lambda r: replace(r, clock=replace(CLOCK, device="cuda")),
     "runs 1 and 11 trained on different devices (cpu, cuda)"),
    (lambda r: replace(r, clock=replace(CLOCK, threads=None)),
     "runs 1 and 11 trained on different numbers of CPU threads (2, unknown)"),
    (lambda r: replace(r, clock=replace(CLOCK, num_attempts=2)),
     "run 11: it was paused or interrupted, and its clock stood still"),
    (lambda r: replace(r, clock=replace(CLOCK, beside=(7,))),
     "run 11: it shared its device with run 7"),
    (lambda r: replace(r, clock=None), "run 11: it has not kept when it trained"),
    (lambda r: replace(r, seconds=None), "run 11: it has not kept how long it trained"),
    (lambda r: replace(r, forked_from=1), "run 11: it goes on from another run"),
])
def test_that_times_that_cannot_be_compared_give_no_ratio_and_the_verdict_says_why(change, said):
    found = compared(change)
    assert (found.cost.mean, found.cost.low, found.cost.n) == (None, None, 0)
    assert found.cost.problems[0] == said
    assert len(found.cost.problems) == 3
    assert cost_text(found.cost, 3) == ""
    assert found.verdict == "better"
    assert found.sentence.endswith(f" above plain; training times cannot be compared: {said}")


def test_that_one_seed_that_cannot_be_compared_is_left_out_and_named():
    found = compared(
        lambda run: replace(run, clock=replace(CLOCK, beside=(7,))) if run.seed == 1 else run
    )
    assert found.cost.seeds == (0, 2)
    assert found.sentence.endswith(
        ", at 1.00 × its training time (1.00 to 1.00, 2 seeds; 1 seed(s) left out: run 12: it "
        "shared its device with run 7)"
    )
