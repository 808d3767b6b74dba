"""Attempts of runs in this process: what they leave in the store, and how they fail."""

import errno
import os

import numpy as np
import pytest
import torch

from engine import worker
from engine.build import evaluation_metrics, make_job
from engine.chores.look import held_out_images
from engine.spec.run_state import RunState
from engine.store import artifacts, run_queue, runs, staff, tasks
from engine.store.predictions import load_predictions, stored_predictions
from engine.training import session
from engine.training.checkpoint import CHECKPOINTS, load_checkpoint
from engine.training.evaluate import evaluate
from engine.training.weights import BEST_WEIGHTS, LAST_WEIGHTS, file_sha256, load_weights
from tests.unit.engine.training.trainings import trace, train, warnings


def test_that_every_number_of_a_run_is_there(store, claim, tiny):
    claimed = claim(tiny("sila"))
    state, error = worker.attempt(store, claimed)
    assert (state, error) == (RunState.COMPLETED, "")
    row = runs.get_run(store, claimed.run)
    assert (row.step, row.num_steps, row.steps_per_epoch, row.device) == (8, 8, 4, "cpu")
    assert row.params_deployed == 78_042 - 2 * 9 * 16  # digits are grey
    assert row.params_training > row.params_deployed
    assert row.seconds > 0
    found = trace(store, claimed.run)
    every_step, every_epoch = list(range(1, 9)), [4, 8]
    for key in ("train/loss", "train/loss/ce", "train/loss/contrast", "train/top1", "lr"):
        assert found[key][0] == every_step
    for metric in evaluation_metrics():
        assert found[f"val/{metric}"][0] == every_epoch
        assert set(found[f"test/{metric}"][0]) <= set(every_epoch)
        assert row.summaries[f"test/{metric}"].last_step == 8
    text = runs.read_log(store, claimed.run)[0].text
    assert "200 training" in text
    assert "450 test images" in text


@pytest.mark.long
@pytest.mark.parametrize(("threads", "batch_size", "expected"), [
    (0, 50, 1), (0, 300, 2), (3, 50, 3),  # 0.78 million multiply-adds an image
])
def test_that_a_run_takes_as_many_threads_as_pay(
    store, claim, tiny, monkeypatch, threads, batch_size, expected
):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)), raising=False)
    run_queue.set_parallel_runs(store, 1)
    training = {"threads": threads, "batch_size": batch_size, "epochs": 1}
    claimed = claim(tiny(dataset={"train_images": None}, training=training))
    assert worker.attempt(store, claimed) == (RunState.COMPLETED, "")
    assert torch.get_num_threads() == expected
    assert f"on cpu, {expected} CPU thread(s)" in runs.read_log(store, claimed.run)[0].text


def test_that_what_the_network_said_of_each_image_is_kept(store, claim, tiny):
    claimed = claim(tiny(training={"epochs": 3}))
    worker.attempt(store, claimed)
    row, folder = runs.get_run(store, claimed.run), store.workspace.run_folder(claimed.run)
    kept = stored_predictions(folder, "val")
    assert list(kept) == [4, 8, 12]
    steps, top1 = trace(store, claimed.run)["val/top1"]
    for step, value in zip(steps, top1, strict=True):
        said = load_predictions(kept[step])
        assert len(said.labels) == 136
        assert 100 * np.mean(said.labels == said.predicted) == pytest.approx(value)
        assert np.all((said.confidence > 0.09) & (said.confidence <= 1))
    tested = stored_predictions(folder, "test")
    assert tested.keys() == {12, row.summaries["test/top1"].best_step}
    said = load_predictions(tested[12])
    assert 100 * np.mean(said.labels == said.predicted) == pytest.approx(row.value("test/top1"))
    arguments = {"run": claimed.run, "part": "val", "indices": [3, 0]}
    shown = held_out_images(store, arguments, lambda *_: None)
    assert shown["images"]["labels"] == load_predictions(kept[4]).labels[[3, 0]].tolist()
    assert shown["images"]["shape"] == [2, 8, 8, 1]
    assert (shown["classes"][3], shown["asked"]) == ("3", arguments)


def test_that_of_a_long_training_some_epochs_are_kept(store, claim, tiny, monkeypatch):
    monkeypatch.setattr(session, "PREDICTED_EPOCHS", 2)
    claimed = claim(tiny(training={"epochs": 6}))
    worker.attempt(store, claimed)
    folder = store.workspace.run_folder(claimed.run)
    assert list(stored_predictions(folder, "val")) == [12, 24]


def test_that_predictions_that_cannot_be_kept_cost_a_warning_and_no_training(
    store, claim, tiny, monkeypatch
):
    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(session, "save_predictions", full)
    claimed = claim(tiny())
    assert worker.attempt(store, claimed) == (RunState.COMPLETED, "")
    assert warnings(store, claimed.run) == [
        "what the network says of each image is not kept: No space left on device"
    ]


def test_that_an_export_that_nobody_wants_any_more_leaves_nothing(store, claim, tiny):
    claimed = claim(tiny())
    worker.attempt(store, claimed)
    run_queue.finish(store, claimed, RunState.COMPLETED)
    tasks.submit(store, "export", {"run": claimed.run, "formats": ["safetensors"]})
    task = tasks.claim_task(store, staff.hire(store, "task"))
    real, asked = tasks.report, []

    def report(store, task, done, total, doing):
        asked.append(doing)
        if doing.startswith("proving"):
            tasks.cancel(store, task)
        real(store, task, done, total, doing)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tasks, "report", report)
        worker._do(store, task)
    assert asked[-1].startswith("proving safetensors")
    assert tasks.get_task(store, task.id).state == "cancelled"
    assert artifacts.list_artifacts(store, claimed.run, "bundle") == []
    assert not list(store.workspace.export_folder(claimed.run).rglob("*"))


def test_that_best_on_test_is_the_number_of_the_weights_best_by_validation(store, claim, tiny):
    # The learning rate rises to where training falls apart: the last epoch is not the best.
    recipe = {"epochs": 6, "lr": 2.0, "schedule": "constant", "warmup_epochs": 5.9}
    for seed in range(5):
        claimed = claim(tiny(seed=seed, training=recipe))
        train(store, claimed)
        row = runs.get_run(store, claimed.run)
        top1 = row.summaries["test/top1"]
        if top1.best_step != top1.last_step:
            break
    else:
        pytest.fail("the last epoch was always the best: this recipe shows nothing")
    validation = row.summaries["val/top1"]
    steps, values = trace(store, claimed.run)["val/top1"]
    best = max(values)
    assert (validation.best, validation.best_step) == (best, steps[values.index(best)])
    assert top1.best_step == validation.best_step
    job = make_job(runs.get_spec(store, claimed.run), store.workspace)
    folder = store.workspace.run_folder(claimed.run)
    for name, which in ((LAST_WEIGHTS, "last"), (BEST_WEIGHTS, "best")):
        job.system.load_state_dict(load_weights(folder / name))
        again = evaluate(job.system.deployable(), job.test, job.normalise, job.metrics)
        for metric, value in again.items():
            assert row.value(f"test/{metric}", which) == value
    rows = artifacts.list_artifacts(store, claimed.run, "weights")
    files = {artifacts.locate(store, row).name: row for row in rows}
    assert files.keys() == {BEST_WEIGHTS, LAST_WEIGHTS}
    assert files[BEST_WEIGHTS].step == top1.best_step
    for name, row in files.items():
        assert row.bytes == (folder / name).stat().st_size
        assert row.sha256 == file_sha256(folder / name)


def test_that_without_validation_the_last_weights_are_the_best(store, claim, tiny):
    claimed = claim(tiny(dataset={"validation": 0}))
    train(store, claimed)
    row = runs.get_run(store, claimed.run)
    top1 = row.summaries["test/top1"]
    assert (top1.best, top1.best_step) == (top1.last, top1.last_step) == (top1.last, 8)
    assert not any(key.startswith("val/") for key in row.summaries)
    assert not (store.workspace.run_folder(claimed.run) / BEST_WEIGHTS).exists()


def test_that_an_exploding_run_fails_with_step_and_term(store, claim, tiny):
    claimed = claim(tiny("dml", training={"lr": 100.0, "weight_decay": 10.0, "epochs": 40}))
    state, error = worker.attempt(store, claimed)
    assert state is RunState.FAILED
    assert error.startswith("the loss term '")
    assert "at step" in error
    assert "\n" not in error


def test_that_a_request_stops_a_run_with_a_checkpoint(store, claim, tiny):
    claimed = claim(tiny(training={"epochs": 10_000}))
    run_queue.ask(store, claimed.run, run_queue.STOP)
    assert worker.attempt(store, claimed) == (RunState.CANCELLED, "")
    row = runs.get_run(store, claimed.run)
    assert 0 < row.step < 40_000
    found, complaints = load_checkpoint(store.workspace.run_folder(claimed.run) / CHECKPOINTS)
    assert (found.progress.step, complaints) == (row.step, [])
    assert len(trace(store, claimed.run)["train/loss"][0]) == row.step


@pytest.mark.parametrize(
    ("tables", "said"),
    [
        ({"dataset": {"train_images": 5000}}, "train_images = 5000, but only"),
        ({"dataset": {"name": "cifar10", "root": "/nowhere"}}, "/nowhere"),
        ({"training": {"device": "cuda:99"}}, "there is no such device here"),
    ],
)
def test_that_a_run_that_cannot_be_built_fails_in_one_line(store, claim, tiny, tables, said):
    state, error = worker.attempt(store, claim(tiny(**tables)))
    assert state is RunState.FAILED
    assert said in error
    assert "\n" not in error


def test_that_a_fault_in_a_method_is_in_the_runs_log(store, claim, tiny, monkeypatch):
    from engine.methods.plain import Plain

    def broken(*_):
        raise ZeroDivisionError("here")

    monkeypatch.setattr(Plain, "loss", broken)
    claimed = claim(tiny())
    state, error = worker.attempt(store, claimed)
    assert (state, error) == (
        RunState.FAILED, "ZeroDivisionError: here (details in the run's log)"
    )
    assert "Traceback" in runs.read_log(store, claimed.run)[-1].text


def test_that_data_that_changed_stops_a_run_and_its_export(store, claim, tiny):
    claimed = claim(tiny())
    runs.check_data(store, claimed.run, "what it was")
    runs.check_data(store, claimed.run, "what it was")
    state, error = worker.attempt(store, claimed)
    assert state is RunState.FAILED
    assert f"the dataset of run {claimed.run} has changed" in error
