from dataclasses import replace
from typing import get_args

import numpy as np
import pytest

from engine.analysis.compare import compare
from engine.analysis.comparison import WhyNot
from engine.analysis.equal_time import with_equal_time
from engine.analysis.mcnemar import PairTest
from engine.analysis.results import RunResult, from_row
from engine.analysis.wording import Verdict, signed_range
from engine.spec.clock import Clock
from engine.spec.rows import Summary
from engine.spec.run_state import RunState
from engine.store.points import Points
from studio.language import hush, speak
from studio.report.verdict_text import (
    cost_texts,
    equal_time_text,
    left_out_text,
    pair_text,
    pending_text,
    range_text,
    verdict_text,
    verdict_word,
)

CLOCK = Clock(1, 999.0, 2000.0, "here", "cpu", 2)
TEST = PairTest("sila", "sila", "plain", 0, 4, 1, 10_000, 40, 1200, 0.013)


def results(values, baseline="plain", context="c"):
    return [
        RunResult(
            run=number, name="x", seed=seed, method=method, backbone="resnet8", dataset="digits",
            digest=method, context=context if method == baseline else "c", state="completed",
            metrics={"test/top1": {"last": value}}, params_training=None, params_deployed=1,
            seconds=10.0 + (method != baseline), label="", clock=CLOCK,
        )
        for number, (method, seed, value) in enumerate(values, 1)
    ]


PLAIN = [("plain", 0, 90.0), ("plain", 1, 90.2), ("plain", 2, 90.1)]


def sila(*values):
    return [("sila", seed, value) for seed, value in enumerate(values)]


CASES = {
    "above": (results(PLAIN + sila(91.0, 91.3, 91.2)), "%"),
    "below": (results(PLAIN + sila(81.0, 81.3, 81.2)), "%"),
    "no difference": (results(PLAIN + sila(89.0, 91.3, 90.2)), "%"),
    "without a unit": (results(PLAIN + sila(91.0, 91.3, 91.2)), ""),
    "another unit": (results(PLAIN + sila(91.0, 91.3, 91.2)), "ms"),
    "without a time": (
        [replace(run, seconds=None) for run in results(PLAIN + sila(91.0, 91.3, 91.2))], "%"
    ),
    "times of one seed": (
        [replace(run, clock=CLOCK if run.seed == 1 else None)
         for run in results(PLAIN + sila(91.0, 91.3, 91.2))], "%"
    ),
    "times of two seeds": (
        [replace(run, clock=CLOCK if run.seed else None)
         for run in results(PLAIN + sila(91.0, 91.3, 91.2))], "%"
    ),
    "the same difference": (results(PLAIN + sila(91.0, 91.2, 91.1)), "%"),
    "the same difference of a loss": (results(PLAIN + sila(91.0, 91.2, 91.1)), ""),
    "the same values": (results(PLAIN + sila(90.0, 90.2, 90.1)), "%"),
    "the same values without a time": (
        [replace(run, seconds=None) for run in results(PLAIN + sila(90.0, 90.2, 90.1))], "%"
    ),
    "the same difference of two": (results(PLAIN[:2] + sila(91.0, 91.2)), "%"),
    "two seeds": (results(PLAIN[:2] + sila(91.0, 91.3)), "%"),
    "no common seed": (results(PLAIN[1:2] + sila(91.0)), "%"),
    "other settings": (results(PLAIN + sila(91.0), context="other"), "%"),
    "a fork with another recipe": (
        results(PLAIN) + [
            replace(run, run=11, forked_from=2, context="longer")
            for run in results(sila(91.0))
        ], "%"
    ),
}


def judged(case):
    runs, unit = CASES[case]
    return compare(runs, unit=unit)


@pytest.fixture
def german(qapp):
    translators = speak(qapp, "de")
    yield
    hush(qapp, translators)


@pytest.mark.parametrize("case", CASES)
def test_that_in_english_the_verdict_is_what_the_engine_says(case):
    comparison = judged(case)
    assert len(comparison.groups) == 2
    for group in comparison.groups:
        assert verdict_text(comparison, group) == group.sentence
        if group.difference is not None and group.difference.interval is not None:
            interval = group.difference.interval
            assert range_text(interval, "%") == signed_range(interval, "%")


@pytest.mark.parametrize(("case", "said"), [
    ("above", ("1.10 ×", "1.10–1.10")), ("times of one seed", ("1.10 ×", "1 seed")),
    ("without a time", ("–", "")), ("no common seed", ("", "")),
])
def test_that_a_cost_ratio_is_said_with_the_range_of_its_seeds(case, said):
    (found,) = [group for group in judged(case).groups if group.method == "sila"]
    assert cost_texts(found.cost) == said


@pytest.fixture
def timed(make_row):
    """A function: plain and SiLa at equal time, SiLa's clocks changed as one likes."""

    def compared(change, seeds=(0, 1, 2)):
        numbers = [*((seed, "plain", seed) for seed in range(3)),
                   *((10 + at, "sila", seed) for at, seed in enumerate(seeds))]
        rows = [
            replace(
                make_row(number, method, seed, seconds=20.0, steps_per_epoch=5),
                summaries={"test/top1": Summary(80.0 + seed, 20, 80.0, 20)},
            )
            for number, method, seed in numbers
        ]
        steps, ends = np.arange(1, 21), np.arange(5, 21, 5)
        points = {row.id: Points(steps, 1000.0 + steps, np.zeros(20)) for row in rows}
        validation = {
            row.id: Points(ends, 1000.0 + ends, np.arange(4.0) + row.id**2) for row in rows
        }
        clocks = {row.id: change(row.id) for row in rows}
        found = compare([from_row(row) for row in rows])
        return with_equal_time(found, rows, clocks, points, validation)

    return compared


@pytest.mark.parametrize(("change", "seeds"), [
    (lambda _: CLOCK, (0, 1, 2)),
    (lambda run: replace(CLOCK, device="cuda") if run == 11 else CLOCK, (0, 1, 2)),
    (lambda run: replace(CLOCK, device="cuda") if run > 9 else CLOCK, (0, 1, 2)),
    (lambda _: CLOCK, (7, 8)),
])
def test_that_in_english_equal_time_is_what_the_engine_says(timed, change, seeds):
    comparison = timed(change, seeds)
    said = [equal_time_text(comparison, group) for group in comparison.groups]
    engines = [g.equal_time.sentence if g.equal_time else "" for g in comparison.groups]
    assert said == engines
    assert [bool(text) for text in sorted(said)] == [False, True]


def test_that_in_english_a_pair_and_the_words_are_what_the_engine_says():
    assert pair_text(TEST) == TEST.sentence
    assert [verdict_word(verdict) for verdict in get_args(Verdict)] == list(get_args(Verdict))


def test_that_in_english_a_variant_without_a_completed_run_is_what_the_engine_says():
    comparison = compare([replace(run, state="paused") for run in results(PLAIN)])
    assert [each.sentence for each in comparison.pending] == [
        pending_text(comparison, each) for each in comparison.pending
    ] == ["plain has no completed run with test/top1 yet"]


@pytest.mark.parametrize("which", ["last", "best"])
def test_that_in_english_a_run_does_not_count_for_the_engines_reason(which):
    runs = [
        *(replace(run, state=str(state)) for state in RunState
          for run in results([("plain", 0, 90.0)])),
        replace(results([("plain", 0, 90.0)])[0], metrics={}),
        *results([("plain", 0, float("nan")), ("plain", 0, float("inf"))]),
        *results([("plain", 1, 90.0), ("plain", 1, 90.0)]),
    ]
    runs = [
        replace(run, run=number, metrics={
            key: {"last": value["last"], "best": value["last"]}
            for key, value in run.metrics.items()
        })
        for number, run in enumerate(runs)
    ]
    comparison = compare(runs, which=which)
    said = [left_out_text(comparison, out) for out in comparison.left_out]
    assert {out.why for out in comparison.left_out} == set(get_args(WhyNot))
    assert said == [
        out.reason.replace("cancelled", "stopped") for out in comparison.left_out
    ]
    assert len(set(said)) == 10


GERMAN = {
    "above": "sila liegt um +1.07 Punkte (95-%-Intervall +0.92 bis +1.21, 3 Seeds) über plain, bei "
             "1.10 × dessen Trainingszeit (1.10 bis 1.10, 3 Seeds)",
    "two seeds": "sila: 3 Seeds gemeinsam mit plain nötig, 2 vorhanden",
    "other settings": "sila hat keinen abgeschlossenen Lauf von plain mit gleichen Einstellungen "
                      "als Gegenstück",
    "a fork with another recipe": "sila wird plain, wovon es abzweigt, nicht Seed für Seed "
                                  "gegenübergestellt: Sein Rezept ist ein anderes",
}


@pytest.mark.parametrize("case", GERMAN)
def test_that_a_german_window_gives_a_german_verdict(german, case):
    comparison = judged(case)
    group = next(group for group in comparison.groups if group.method == "sila")
    assert verdict_text(comparison, group) == GERMAN[case]


def test_that_every_word_and_the_rest_of_the_verdict_are_german(german, timed):
    words = [verdict_word(verdict) for verdict in get_args(Verdict)]
    assert words == [
        "Baseline", "besser", "schlechter", "kein Unterschied gezeigt", "zu wenige Seeds",
        "keine Baseline",
    ]
    assert pair_text(TEST) == (
        "Seed 0: von 10,000 Bildern hat nur sila 40 richtig, nur plain 1,200 (exakter "
        "McNemar-Test: p = 0.013)"
    )
    comparison = timed(lambda _: CLOCK)
    group = next(group for group in comparison.groups if group.method == "sila")
    assert equal_time_text(comparison, group) == (
        "bei gleicher Trainingszeit (20 s, val/top1): sila liegt um +120.00 Punkte (95-%-Intervall "
        "+70.32 bis +169.68, 3 Seeds) über plain"
    )
