import sys

import pytest

from engine import worker
from engine.build import make_job
from engine.chores.probe import probe
from engine.spec.run_state import RunState
from engine.store import cards, run_queue, runs
from engine.training.checkpoint import CHECKPOINTS
from engine.training.probe import STEPS, WARM, probe_job


@pytest.mark.parametrize(("method", "recipe"), [
    ("plain", {}), ("sila_dml", {"optimizer": "adamw", "lr": 0.01, "keep_every": 1}),
])
def test_that_a_run_keeps_about_as_many_bytes_as_foretold(store, claim, tiny, method, recipe):
    spec = tiny(method, training=recipe)
    cost = probe_job(make_job(spec, store.workspace), lambda *_: None)
    claimed = claim(spec)
    assert worker.attempt(store, claimed) == (RunState.COMPLETED, "")
    kept = runs.folder_bytes(store.workspace.run_folder(claimed.run))
    assert cost.disk_bytes == pytest.approx(kept, rel=0.1)
    assert list((store.workspace.run_folder(claimed.run) / CHECKPOINTS).iterdir())


def test_that_the_first_steps_are_timed_and_told(store, tiny):
    job, told = make_job(tiny(), store.workspace), []
    cost = probe_job(job, lambda done, total: told.append((done, total)))
    assert told == [(done, STEPS) for done in range(1, STEPS + 1)][:job.num_steps]
    assert cost.num_steps == job.num_steps - WARM
    assert cost.seconds > 1e-3 * cost.step_ms * job.num_steps > 0
    assert 50 < cost.memory_mib < 10_000


def test_that_a_run_of_one_step_can_be_probed(store, tiny):
    spec = tiny(dataset={"train_images": 50, "validation": 0}, training={"epochs": 1})
    assert probe_job(make_job(spec, store.workspace), lambda *_: None).num_steps == 1


def tables(*specs):
    return {"specs": [spec.model_dump(mode="json") for spec in specs]}


def quiet(*_):
    pass


def test_that_nothing_is_queued_or_left_by_a_probe(store, tiny):
    found = probe(store, tables(tiny(), tiny("dml")), quiet)
    plain, dml = found["variants"]
    assert plain["step_ms"] > 0 < dml["step_ms"]
    assert dml["disk_bytes"] > plain["disk_bytes"]
    assert (plain["earlier"], plain["correction"], plain["device"]) == (0, 1.0, "cpu")
    assert (found["parallel_runs"], found["busy"]) == (99, False)
    assert runs.list_runs(store) == []
    assert not list(store.workspace.root.glob("runs/*"))


def test_that_a_probe_uses_the_algorithms_of_the_run(store, tiny, monkeypatch):
    chosen = []
    module = sys.modules[probe.__module__]
    monkeypatch.setattr(module, "choose_algorithms", lambda *told: chosen.append(told))
    [quick, repeated] = [tiny(training={"deterministic": told}) for told in (False, True)]
    probe(store, tables(quick, repeated), quiet)
    assert [recipe.deterministic for recipe, _ in chosen] == [False, True]
    assert {device.type for _, device in chosen} == {"cpu"}


@pytest.mark.parametrize(("changed", "said"), [
    ({"training": {"device": "cuda:99"}}, "there is no such device here"),
    ({"dataset": {"name": "cifar10", "root": "/nowhere"}}, "/nowhere"),
    ({"backbone": {"name": "resnet9000"}}, "resnet9000"),
    ({"method": "kd", "options": {"teacher": "run:77"}}, "run 77"),
])
def test_that_what_cannot_be_trained_is_said_and_the_rest_is_probed(store, tiny, changed, said):
    found = probe(store, tables(tiny(**changed), tiny()), quiet)["variants"]
    assert said in found[0]["error"]
    assert "\n" not in found[0]["error"]
    assert found[1]["seconds"] > 0


def test_that_earlier_runs_tell_how_long_a_run_takes(store, claim, tiny):
    claimed = claim(tiny(seed=5))
    worker.attempt(store, claimed)
    run_queue.finish(store, claimed, RunState.COMPLETED)
    other = tiny("sila")
    cards.put_setting(store, "probe/foretold", {f"cpu {runs.get_run(store, claimed.run).digest}":
                                                runs.get_run(store, claimed.run).seconds / 3})
    same, corrected = probe(store, tables(tiny(), other), quiet)["variants"]
    assert same["earlier"] == 1
    assert same["seconds"] == runs.get_run(store, claimed.run).seconds
    assert corrected["earlier"] == 0
    assert corrected["correction"] > 0
    foretold = cards.get_setting(store, "probe/foretold")
    assert len(foretold) == 2
    digest = cards.read_catalog(store).resolve(other).digest()
    assert corrected["seconds"] == pytest.approx(
        foretold[f"cpu {digest}"] * corrected["correction"]
    )
