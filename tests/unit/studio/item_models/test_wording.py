import math
import time
from dataclasses import replace

import pytest

from engine.spec.rows import Summary
from engine.spec.run_state import RunState
from studio.item_models import wording


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(None, "–"), (math.inf, "–"), (0.4, "0 s"), (43, "43 s"), (60, "1 min"), (370, "6 min 10 s"),
     (1800, "30 min"), (11_100, "3 h 5 min"), (187_200, "2 d 4 h")],
)
def test_that_a_span_is_said_in_its_two_largest_units(seconds, said):
    assert wording.duration(seconds) == said


@pytest.mark.parametrize(
    ("number", "said"),
    [(None, "–"), (17, "17"), (77_850, "77.8 k"), (1_240_000, "1.24 M"), (999_999, "1 M")],
)
def test_that_a_count_has_three_digits(number, said):
    assert wording.count(number) == said


@pytest.mark.parametrize(
    ("value", "said"),
    [(None, "–"), (math.nan, "nan"), (91.456, "91.46"), (0.54321, "0.5432"), (0.0, "0.0000"),
     (12_345.0, "12.3 k"), (-1_860.0, "-1.86 k"), (3e12, "3e+12"), (0.00012, "0.00012")],
)
def test_that_a_metric_has_the_digits_that_mean_something(value, said):
    assert wording.metric(value) == said


def test_that_a_score_says_which_weights_it_is_of(make_row):
    summaries = {"val/top1": Summary(80.0, 9, 90.0, 5), "test/top1": Summary(99.331, 9, 98.5, 5)}
    row = replace(make_row(1), summaries=summaries)
    assert wording.scores(row) == [
        "best weights: val 90.00 %, test 98.50 %", "last weights: val 80.00 %, test 99.33 %"
    ]
    assert wording.tested(row) == "best weights: test 98.50 %"
    row = replace(make_row(1), summaries={"test/top1": Summary(99.331, 9, None, None)})
    assert wording.scores(row) == ["last weights: test 99.33 %"]
    assert wording.tested(row) == "last weights: test 99.33 %"
    assert wording.scores(make_row(1)) == []
    assert wording.tested(make_row(1)) == "–"


def test_that_an_unfinished_run_never_says_hundred_percent():
    assert wording.percent(0.9999) == "99 %"
    assert wording.percent(0.29) == "29 %"
    assert wording.percent(1.0) == "100 %"


@pytest.mark.parametrize("step", [20, 120])
def test_that_what_remains_is_reckoned_from_the_time_of_the_steps_and_of_no_pause(make_row, step):
    long_ago = time.time() - 10_000
    row = make_row(1, state=RunState.RUNNING, step=step, seconds=0.2 * step, started_at=long_ago)
    assert wording.remaining_s(row) == pytest.approx(0.2 * (200 - step))
    assert wording.remaining_s(replace(row, seconds=0.0)) is None


def test_that_a_run_that_does_not_run_has_nothing_remaining(make_row):
    assert wording.remaining_s(make_row(1, state=RunState.PAUSED, step=120, seconds=20.0)) is None


@pytest.mark.parametrize("state", RunState)
def test_that_every_state_has_a_word_an_icon_and_a_tone(state):
    look = wording.look(state)
    assert look.word
    assert look.icon == state
    assert look.tone in ("neutral", "info", "good", "warn", "bad")


def test_that_what_remains_of_a_running_run_is_said_as_a_clock_says_it(make_row):
    row = make_row(1, state=RunState.RUNNING, step=50, seconds=59.0)
    assert wording.state_line(row) == "25 %, 2:57 left"


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.4, "0:00"), (59.6, "1:00"), (176, "2:56"), (11_100, "3:05:00"), (187_200, "2 d 4 h"),
     (math.inf, "–")],
)
def test_that_a_clock_shows_minutes_and_seconds(seconds, said):
    assert wording.clock(seconds) == said


@pytest.mark.parametrize(
    ("number", "said"),
    [(1, "1st"), (2, "2nd"), (3, "3rd"), (4, "4th"), (11, "11th"), (13, "13th"), (22, "22nd"),
     (112, "112th")],
)
def test_that_a_place_is_said_as_an_ordinal(number, said):
    assert wording.ordinal(number) == said


def test_that_a_run_whose_worker_is_gone_is_not_said_to_run(make_row):
    row = make_row(1, state=RunState.RUNNING, step=84, seconds=42.0)
    gone = replace(row, abandoned=True)
    assert wording.state_line(gone) == "Interrupted 42 %"
    assert wording.remaining_s(row) is not None
    assert wording.remaining_s(gone) is None
    assert wording.trouble(row) == ""
    assert wording.trouble(gone) == "Its worker has ended: start the engine, then resume the run."
    assert wording.trouble(replace(row, error="no room")) == "no room"


def test_that_places_in_the_queue_follow_the_positions_not_the_ids(make_row):
    rows = [make_row(1, state=RunState.QUEUED, position=9.0), make_row(2, state=RunState.PAUSED),
            make_row(3, state=RunState.QUEUED, position=4.0)]
    assert wording.queue_places(rows) == {3: 1, 1: 2}


def test_that_what_is_added_to_a_method_stands_apart():
    assert wording.arm("dml+mixup+sam") == "dml + mixup + sam"
    assert wording.arm("plain") == "plain"


def test_that_a_long_text_is_cut_at_a_word():
    assert wording.brief("known: " + "resnet20, " * 20, 30) == "known: resnet20, resnet20, …"
    assert wording.brief("short") == "short"
