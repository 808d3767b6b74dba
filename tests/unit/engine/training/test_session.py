"""Whole trainings in this process: half a second each."""

import pytest
import torch

from engine import worker
from engine.build import evaluation_metrics, make_job
from engine.spec.errors import DataError
from engine.spec.run_state import RunState
from engine.store import artifacts, cards, points, run_queue, runs
from engine.training.checkpoint import BEST_WEIGHTS, LAST, LAST_WEIGHTS, PREVIOUS, load_weights
from engine.training.evaluate import evaluate
from engine.training.ledger import Ledger
from engine.training.loop import Stopped
from engine.training.session import Session

SILA = {"alpha": 0.5, "beta": 1.0}  # every auxiliary part and the noise stream are in use


def session_of(store, claimed):
    job = make_job(runs.get_spec(store, claimed.run), store.workspace)
    row = runs.get_run(store, claimed.run)
    ledger = Ledger(store, claimed.run, cards.read_catalog(store).direction, row.summaries)
    return Session(store, claimed.run, job, ledger), job


def train(store, claimed, stop_after=None):
    """Train a claimed run in a session of its own; returns the weights of its system."""
    session, job = session_of(store, claimed)
    if stop_after is not None:
        loss, left = job.system.loss, iter(range(stop_after - 1))

        def counted(*batch):
            if next(left, None) is None:
                session._recorder.request = run_queue.PAUSE
            return loss(*batch)

        job.system.loss = counted
        with pytest.raises(Stopped, match="pause"):
            session.run()
        run_queue.finish(store, claimed, RunState.PAUSED)
    else:
        session.run()
        run_queue.finish(store, claimed, RunState.COMPLETED)
    return {name: value.clone() for name, value in job.system.state_dict().items()}


def ship_of(weights):
    prefix = "peers.0."
    return {n.removeprefix(prefix): v for n, v in weights.items() if n.startswith(prefix)}


def same(left, right):
    return left.keys() == right.keys() and all(torch.equal(left[n], right[n]) for n in left)


def trace(store, run):
    """Every point of a run but the ones that measure the machine."""
    keys = [key for key in points.series_keys(store, run) if not key.startswith("system/")]
    read = {key: points.read_series(store, [run], key)[run] for key in keys}
    return {key: (p.steps.tolist(), p.values.tolist()) for key, p in read.items()}


@pytest.mark.parametrize("stop_after", [1, 3, 4, 6])
@pytest.mark.parametrize(("method", "options"), [("plain", {}), ("sila", SILA)])
def test_that_going_on_after_a_pause_is_bit_identical_to_never_stopping(
    store, claim, tiny, method, options, stop_after
):
    whole, halved = claim(tiny(method, options)), claim(tiny(method, options))
    expected = train(store, whole)
    train(store, halved, stop_after)
    assert runs.get_run(store, halved.run).step == stop_after
    torch.manual_seed(12345)  # whatever happened between the two attempts
    got = train(store, claim(halved.run))
    assert same(got, expected)
    assert trace(store, halved.run) == trace(store, whole.run)
    first, second = (runs.get_run(store, each.run).summaries for each in (whole, halved))
    assert all(first[key] == second[key] for key in first if not key.startswith("system/"))


@pytest.mark.parametrize(("method", "tables"), [
    ("ps_kd", {}),
    ("cs_kd", {"training": {"sharpness": "sam"}}),
    ("plain", {"training": {"sharpness": "asam"},
               "regularizers": {"cutmix": {}, "label_smoothing": {}}}),
    ("dml", {"regularizers": {"mixup": {"alpha": 0.2}}}),
])
def test_that_memories_partners_mixtures_and_sharpness_go_on_exactly(
    store, claim, tiny, method, tables
):
    whole, halved = claim(tiny(method, **tables)), claim(tiny(method, **tables))
    expected = train(store, whole)
    train(store, halved, stop_after=3)
    torch.manual_seed(12345)
    got = train(store, claim(halved.run))
    assert same(got, expected)
    assert trace(store, halved.run) == trace(store, whole.run)


def test_that_a_run_killed_between_checkpoints_repeats_the_lost_steps_exactly(store, claim, tiny):
    spec = tiny("sila", SILA, training={"epochs": 3})
    whole, killed = claim(spec), claim(spec)
    expected = train(store, whole)
    train(store, killed, stop_after=10)
    folder = store.workspace.run_folder(killed.run)
    (folder / LAST).unlink()  # the one of step 10 is lost, the one before is of step 8
    (folder / LAST).write_bytes((folder / PREVIOUS).read_bytes()[:100])
    got = train(store, claim(killed.run))
    assert same(got, expected)
    assert trace(store, killed.run) == trace(store, whole.run)
    log = runs.read_log(store, killed.run)
    (warning,) = (line.text for line in log if line.level == "warning")
    assert warning.startswith(f"checkpoint {folder / LAST} is damaged (")
    assert warning.endswith("): the one before it is used")
    assert any(line.text == "goes on from step 8" for line in log)


def test_that_a_run_without_a_readable_checkpoint_fails_and_says_so(store, claim, tiny):
    claimed = claim(tiny())
    train(store, claimed, stop_after=2)
    (store.workspace.run_folder(claimed.run) / LAST).write_bytes(b"garbage")
    with pytest.raises(DataError, match="the run has to start again"):
        session_of(store, claim(claimed.run))


def test_that_a_spec_trained_twice_gives_the_same_numbers_and_another_seed_others(
    store, claim, tiny
):
    specs = [tiny("sila", SILA), tiny("sila", SILA), tiny("sila", SILA, seed=1)]
    first, second, other = (claim(spec) for spec in specs)
    weights = [train(store, each) for each in (first, second, other)]
    assert same(weights[0], weights[1])
    assert not same(weights[0], weights[2])
    assert trace(store, first.run) == trace(store, second.run)
    assert trace(store, first.run) != trace(store, other.run)


def test_that_sila_without_its_weights_is_plain_bit_for_bit(store, claim, tiny):
    plain, sila = claim(tiny()), claim(tiny("sila", {"alpha": 0.0, "beta": 0.0}))
    expected, got = ship_of(train(store, plain)), ship_of(train(store, sila))
    assert len(expected) > 10
    assert same(expected, got)
    left, right = trace(store, plain.run), trace(store, sila.run)
    assert all(left[key] == right[key] for key in left)


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
    kept = {a.path.split("/")[-1]: a for a in artifacts.list_artifacts(store, claimed.run)}
    assert kept.keys() == {LAST, BEST_WEIGHTS, LAST_WEIGHTS}
    assert kept[BEST_WEIGHTS].step == top1.best_step
    assert all(a.bytes == artifacts.locate(store, a).stat().st_size for a in kept.values())


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
    assert (store.workspace.run_folder(claimed.run) / LAST).exists()
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


def test_that_a_run_never_goes_on_with_another_runs_checkpoint(store, claim, tiny):
    first = claim(tiny(seed=1))
    expected = train(store, first)
    second = claim(tiny(seed=2))
    store.workspace.run_folder(first.run).rename(store.workspace.run_folder(second.run))
    other = train(store, second)
    assert not same(expected, other)
    assert same(other, train(store, claim(tiny(seed=2))))
    assert list(store.workspace.run_folder(second.run).parent.glob("*-of-another-1"))
    assert "another run's checkpoints" in runs.read_log(store, second.run)[0].text


def test_that_data_that_changed_stops_a_run_and_its_export(store, claim, tiny):
    claimed = claim(tiny())
    runs.check_data(store, claimed.run, "what it was")
    runs.check_data(store, claimed.run, "what it was")
    state, error = worker.attempt(store, claimed)
    assert state is RunState.FAILED
    assert f"the dataset of run {claimed.run} has changed" in error


def test_that_an_interrupt_by_signal_outlives_the_recorders_rounds(store, claim, tiny):
    session, _ = session_of(store, claim(tiny()))
    session.interrupt()
    session._recorder._round()
    with pytest.raises(Stopped, match="interrupt"):
        session.run()
