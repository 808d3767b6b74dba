"""Whole trainings in this process: half a second each."""

import pytest
import torch

from engine.build import make_job
from engine.spec.run_state import RunState
from engine.store import artifacts, cards, points, run_queue, runs, staff
from engine.training import checkpoint as checkpoint_files
from engine.training.checkpoint import CHECKPOINTS, checkpoints
from engine.training.ledger import Ledger
from engine.training.loop import Stopped
from engine.training.session import Session

SILA = {"alpha": 0.5, "beta": 1.0}  # every auxiliary part and the noise stream are in use


def session_of(store, claimed):
    job = make_job(runs.get_spec(store, claimed.run), store.workspace)
    row = runs.get_run(store, claimed.run)
    ledger = Ledger(store, claimed.run, cards.read_catalog(store).direction, row.summaries)
    return Session(store, claimed.run, job, ledger), job


def claim_in(store, spec):
    run_queue.enqueue(store, [cards.read_catalog(store).resolve(spec)])
    return run_queue.claim(store, staff.hire(store, "train"))


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


class Killed(BaseException):
    """What no handler of the training sees coming."""


def kill(store, claimed, at_step):
    """Train until `at_step` steps are done, and then no further; who buries is told of it."""
    killed(store, claimed, at_step)
    run_queue.finish(store, claimed, RunState.INTERRUPTED)


def killed(store, claimed, at_step):
    """Train until `at_step` steps are done, and then no further: nobody knows of it."""
    session, job = session_of(store, claimed)
    loss, left = job.system.loss, iter(range(at_step))

    def counted(*batch):
        if next(left, None) is None:
            raise Killed
        return loss(*batch)

    job.system.loss = counted
    with pytest.raises(Killed):
        session.run()


def kept(store, run):
    """The steps of a run's checkpoints; each of them whole, and in the table of files."""
    folder = store.workspace.run_folder(run) / CHECKPOINTS
    there = checkpoints(folder)
    rows = artifacts.list_artifacts(store, run, "checkpoint")
    assert {artifacts.locate(store, row) for row in rows} == set(there.values())
    for row in rows:
        assert row.bytes == runs.folder_bytes(artifacts.locate(store, row)) > 1000
        assert there[row.step] == artifacts.locate(store, row)
    for place in there.values():
        assert checkpoint_files.read_checkpoint(place).system
    assert sorted(place.name for place in folder.iterdir()) == sorted(
        place.name for place in there.values()
    )
    return sorted(there)


def warnings(store, run):
    return [line.text for line in runs.read_log(store, run) if line.level == "warning"]


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
