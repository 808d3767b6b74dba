"""`sila compare` on runs that have, and have not, kept what they said of the test images."""

import json
import sys

import numpy as np
import pytest

from engine import __main__ as sila_main
from engine.spec.card import Card
from engine.spec.rows import Summary
from engine.spec.run_spec import MethodSpec, RunSpec
from engine.spec.run_state import RunState
from engine.store import cards, points, run_queue, staff
from engine.store.connect import open_store
from engine.store.predictions import Predictions, save_predictions

LABELS = np.array([0, 1, 2, 0, 1, 2, 0, 1])
LAST, BEST = 40, 30


def save(store, run, step, num_right, first=0):
    predicted = (LABELS + 1) % 3
    predicted[first : first + num_right] = LABELS[first : first + num_right]
    said = Predictions(LABELS, predicted, np.full(8, 0.5, np.float32))
    return save_predictions(store.workspace.run_folder(run), "test", step, said)


@pytest.fixture
def store(workspace):
    """Runs 1 and 2 are plain with seeds 0 and 1, runs 3 and 4 SiLa."""
    store = open_store(workspace)
    cards.publish(store, [Card(kind="metric", name="top1", title="Top-1", summary="",
                               facts={"direction": "up", "unit": "%"})], "stamp")
    for method in ("plain", "sila"):
        for seed in (0, 1):
            run_queue.enqueue(store, [RunSpec(name="e", seed=seed, method=MethodSpec(name=method))])
            claim = run_queue.claim(store, staff.hire(store, "run"))
            with store.write() as connection:
                summary = Summary(70.0 + claim.run, LAST, 71.0, BEST)
                points.append(connection, claim.run, {}, {"test/top1": summary})
            run_queue.finish(store, claim, RunState.COMPLETED, final_step=LAST)
    yield store
    store.close()


@pytest.fixture
def compare(store, monkeypatch, capsys):
    def call(*arguments):
        root = str(store.workspace.root)
        monkeypatch.setattr(
            sys, "argv", ["sila", "compare", "e", "--workspace", root, *arguments]
        )
        with pytest.raises(SystemExit) as ended:
            sila_main.main()
        assert ended.value.code in (0, None)
        return capsys.readouterr()

    return call


def test_that_each_pair_of_runs_is_tested_below_the_verdict(store, compare):
    for run, num_right in ((1, 4), (2, 4), (3, 8), (4, 5)):
        save(store, run, LAST, num_right)
    lines = compare().out.splitlines()
    at = next(i for i, line in enumerate(lines) if line.startswith("  sila:"))
    assert lines[at + 1 : at + 4] == [
        "    no comparison at equal training time: run 3: it has not kept its curves",
        "    seed 0: of 8 images sila alone has 4 right, plain alone 0 (McNemar's exact p = 0.12)",
        "    seed 1: of 8 images sila alone has 1 right, plain alone 0 (McNemar's exact p = 1)",
    ]
    first, second = json.loads(compare("--json").out)["pairs"]
    assert first == {
        "digest": first["digest"], "label": "sila", "rival": "plain", "seed": 0, "run": 3,
        "rival_run": 1, "num_images": 8, "only_ours": 4, "only_rivals": 0, "p_value": 0.125,
    }
    assert second["seed"] == 1


def test_that_pairs_are_of_the_weights_asked_for(store, compare):
    for run, num_right in ((1, 4), (3, 8)):
        save(store, run, LAST, num_right)
        save(store, run, BEST, 8 - num_right, first=3)
    assert json.loads(compare("--json", "--weights", "best").out)["pairs"][0]["only_rivals"] == 4


def test_that_runs_that_kept_nothing_are_compared_as_ever(store, compare):
    save(store, 1, LAST, 4)
    said = compare()
    assert "sila: 3 seeds in common with plain needed, 2 there" in said.out
    assert "McNemar" not in said.out
    assert said.err == ""
    assert json.loads(compare("--json").out)["pairs"] == []


def test_that_predictions_that_cannot_be_read_are_named(store, compare):
    save(store, 1, LAST, 4)
    save(store, 3, LAST, 4).write_bytes(b"no archive")
    said = compare("--json")
    assert json.loads(said.out)["pairs"] == []
    assert said.err.startswith("sila: the predictions ")
    assert said.err.count("\n") == 1


def test_that_predictions_that_cannot_be_read_cost_no_other_pair_its_test(store, compare):
    for run in (1, 2, 4):
        save(store, run, LAST, 4)
    save(store, 3, LAST, 4).write_bytes(b"no archive")
    assert [pair["seed"] for pair in json.loads(compare("--json").out)["pairs"]] == [1]
