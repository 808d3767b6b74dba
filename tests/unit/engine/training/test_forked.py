"""That a fork goes on from its parent's very state, as far as what it is trains by that."""

import re
import shutil

import pytest
import torch

from engine.build import make_backbone, make_job
from engine.spec.errors import DataError
from engine.spec.run_spec import BackboneSpec
from engine.spec.run_state import RunState
from engine.spec.spec_file import with_settings
from engine.store import artifacts, cards, forks, run_queue, runs, schema, staff
from engine.training import checkpoint as checkpoint_files
from engine.training.checkpoint import CHECKPOINTS, Checkpoint, Progress
from engine.training.forked import take_over
from tests.unit.engine.training.trainings import (
    SILA,
    kept,
    kill,
    same,
    session_of,
    ship_of,
    trace,
    train,
    warnings,
)

STEPS = 4


@pytest.fixture
def fork(store):
    """A function: fork a run with some settings changed, and claim the fork."""

    def go(run, epoch, *settings):
        spec = cards.read_catalog(store).resolve(
            with_settings(runs.get_spec(store, run), settings)
        )
        forks.fork(store, {run: spec}, epoch)
        claimed = run_queue.claim(store, staff.hire(store, "train"))
        assert claimed is not None
        return claimed

    return go


@pytest.fixture
def parent(store, claim, tiny):
    """A function: train a run of three epochs that keeps all its checkpoints."""

    def go(method="sila", options=SILA, training=None, **tables):
        training = {"epochs": 3, "keep_every": 1, **(training or {})}
        claimed = claim(tiny(method, options, training=training, **tables))
        with store.write() as connection:  # as a worker does that describes what it trains
            connection.execute(schema.run.update().values(steps_per_epoch=STEPS))
        return claimed.run, train(store, claimed)

    return go


def log(store, run):
    return [line.text for line in runs.read_log(store, run)]


@pytest.mark.parametrize(("method", "options", "training"), [
    ("sila", SILA, {}), ("dml", {}, {"ema_decay": 0.9}),
])
def test_that_a_fork_with_nothing_changed_ends_with_the_bits_of_its_parent(
    store, parent, fork, method, options, training
):
    run, expected = parent(method, options, training)
    told = trace(store, run)
    claimed = fork(run, 1)
    runs.delete_runs(store, [run])
    torch.manual_seed(12345)
    assert same(train(store, claimed), expected)
    got = trace(store, claimed.run)
    assert {key for key in told if key not in got} == set()
    assert all(got[key] == told[key] for key in told if not key.startswith("test/"))
    assert got["test/top1"][1][-1] == told["test/top1"][1][-1]
    assert warnings(store, claimed.run) == []


def test_that_a_fork_killed_before_its_first_checkpoint_begins_again_where_it_was_forked(
    store, parent, fork
):
    run, expected = parent()
    claimed = fork(run, 2)
    kill(store, claimed, at_step=2)
    assert kept(store, claimed.run) == [8]
    run_queue.resume(store, claimed.run)
    again = run_queue.claim(store, staff.hire(store, "train"))
    assert same(train(store, again), expected)
    assert trace(store, claimed.run)["train/loss"] == trace(store, run)["train/loss"]


def test_that_the_best_weights_are_looked_for_after_the_fork(store, parent, fork):
    run, _ = parent()
    claimed = fork(run, 2, "training.lr=1e-9")
    train(store, claimed)
    summary = runs.get_run(store, claimed.run).summaries["val/top1"]
    assert summary.best_step == 12
    assert runs.get_run(store, claimed.run).state is RunState.COMPLETED


def test_that_another_method_takes_over_what_it_shares_and_the_log_says_what_not(
    store, parent, fork
):
    run, _ = parent()
    place = store.workspace.run_folder(run) / CHECKPOINTS / "step-00000008"
    held = checkpoint_files.read_checkpoint(place)
    claimed = fork(run, 2, "method.name=dml")
    session, job = session_of(store, claimed)
    state = job.system.state_dict()
    assert same(ship_of(state), ship_of(held.system))
    fresh = make_job(runs.get_spec(store, claimed.run), store.workspace).system.state_dict()
    assert all(torch.equal(state[n], fresh[n]) for n in state if n.startswith("peers.1."))
    assert session.progress.step == 8
    mine, theirs = job.optimizer.state_dict(), held.optimizer
    names = theirs["param_groups"][0]["param_names"]
    for at, name in enumerate(mine["param_groups"][0]["param_names"]):
        if name.startswith("peers.0."):
            momentum = theirs["state"][names.index(name)]["momentum_buffer"]
            assert torch.equal(mine["state"][at]["momentum_buffer"], momentum)
        else:
            assert at not in mine["state"]
    assert log(store, claimed.run)[1:] == [
        "taken over: 56 of 112 tensors of the training system",
        "left behind, as this run has no such parts: auxiliary.contrast (4), "
        "auxiliary.encoder (4), auxiliary.teaching (10)",
        "new, as initialised: peers.1 (56)",
        "taken over: the optimiser's state of 29 of 58 parameters",
        "goes on from step 8",
    ]


def test_that_another_optimiser_begins_anew_and_trains_to_the_end(store, parent, fork):
    run, _ = parent()
    claimed = fork(run, 2, "training.optimizer=adamw", "training.lr=0.001")
    train(store, claimed)
    assert "the optimiser begins anew: it is another than before" in log(store, claimed.run)
    assert runs.get_run(store, claimed.run).state is RunState.COMPLETED


def test_that_an_average_that_only_the_fork_keeps_begins_with_it(store, parent, fork):
    run, _ = parent()
    claimed = fork(run, 2, "training.ema_decay=0.9")
    train(store, claimed)
    assert "the average of the weights begins here" in log(store, claimed.run)
    assert trace(store, claimed.run)["val/top1/ema"][0] == [3 * STEPS]


def test_that_hyperparameters_are_those_of_the_fork(store, parent, fork):
    run, _ = parent()
    claimed = fork(run, 1, "training.weight_decay=0.25", "training.momentum=0.5")
    (group,) = session_of(store, claimed)[1].optimizer.param_groups
    assert (group["weight_decay"], group["momentum"]) == (0.25, 0.5)


def test_that_a_fork_of_a_fork_keeps_all_that_was_measured(store, parent, fork):
    run, expected = parent()
    first = fork(run, 1)
    train(store, first)
    second = fork(first.run, 2)
    assert same(train(store, second), expected)
    assert trace(store, second.run)["train/loss"] == trace(store, run)["train/loss"]


def test_that_a_fork_without_its_checkpoint_says_so(store, parent, fork):
    run, _ = parent("plain", {})
    claimed = fork(run, 2)
    shutil.rmtree(store.workspace.run_folder(claimed.run) / CHECKPOINTS)
    with pytest.raises(DataError, match=rf"forked from is not in [^\n]*: fork run {run} again$"):
        session_of(store, claimed)


def test_that_a_checkpoint_of_another_run_is_no_parents(store, parent, fork):
    run, _ = parent("plain", {})
    claimed = fork(run, 2)
    there = store.workspace.run_folder(run) / CHECKPOINTS / "step-00000012"
    here = store.workspace.run_folder(claimed.run) / CHECKPOINTS
    shutil.copytree(there, here / there.name)
    with pytest.raises(DataError, match="fork run"):
        session_of(store, claimed)
    assert "another run's checkpoints" in warnings(store, claimed.run)[0]


def test_that_a_checkpoint_without_names_gives_its_momentum_to_the_same_parts_only(
    store, parent, tiny
):
    run, _ = parent()
    (row,) = [r for r in artifacts.list_artifacts(store, run, "checkpoint") if r.step == 4]
    held = checkpoint_files.read_checkpoint(artifacts.locate(store, row))
    for group in held.optimizer["param_groups"]:
        del group["param_names"]
    alike, other = (make_job(tiny(*what), store.workspace) for what in (("sila", SILA), ("plain",)))
    said = take_over(alike.system, alike.optimizer, held)[-1]
    assert re.fullmatch(r"taken over: the optimiser's state of (\d+) of \1 parameters", said)
    assert "does not say whose" in take_over(other.system, other.optimizer, held)[-1]


def test_that_a_checkpoint_of_another_network_is_refused(store, parent, tiny):
    run, _ = parent("plain", {})
    place = store.workspace.run_folder(run) / CHECKPOINTS / "step-00000008"
    other = make_job(tiny(backbone={"name": "resnet20"}), store.workspace)
    with pytest.raises(DataError, match=r"of another network \(see peers\.0\."):
        take_over(other.system, other.optimizer, checkpoint_files.read_checkpoint(place))


def test_that_a_fork_learns_from_whom_it_names_not_from_its_parents_teacher(store, tiny):
    def taught_by(seed):
        def teacher(_, num_classes, channels):
            torch.manual_seed(seed)
            return make_backbone(BackboneSpec(name="resnet8"), num_classes, channels)

        return make_job(tiny("kd", {"teacher": "run:9"}), store.workspace, make_teacher=teacher)

    old, new = taught_by(1), taught_by(2)
    wanted = {name: value.clone() for name, value in new.system.teacher.state_dict().items()}
    held = Checkpoint(
        "1", Progress(), 2, {}, old.system.state_dict(), old.optimizer.state_dict()
    )
    take_over(new.system, new.optimizer, held)
    assert same(new.system.teacher.state_dict(), wanted)
    assert not same(old.system.teacher.state_dict(), wanted)
