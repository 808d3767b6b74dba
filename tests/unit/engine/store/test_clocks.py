import pytest

from engine.spec.run_spec import RunSpec
from engine.spec.run_state import RunState
from engine.store import run_queue, runs, schema, staff
from engine.store.clocks import THREADS, read_clocks


@pytest.fixture
def train(store):
    run_queue.set_parallel_runs(store, 10)
    seeds = iter(range(100))

    def begin(started, finished=None, device="cpu"):
        """An attempt of a new run at a given time; returns run and attempt."""
        (run,) = run_queue.enqueue(store, [RunSpec(name="e", seed=next(seeds))])
        claim = run_queue.claim(store, staff.hire(store, "train"))
        with store.write() as connection:
            connection.execute(
                schema.run.update().where(schema.run.c.id == run).values(device=device)
            )
            connection.execute(
                schema.attempt.update().where(schema.attempt.c.id == claim.attempt).values(
                    created_at=started, finished_at=finished, versions={THREADS: 3},
                )
            )
        return run, claim

    return begin


def test_that_a_clock_says_when_and_on_what_a_run_trained(store, train):
    run, _ = train(100.0, 200.0)
    clock = read_clocks(store, [run])[run]
    assert (clock.num_attempts, clock.started_at, clock.finished_at) == (1, 100.0, 200.0)
    assert (clock.device, clock.threads, clock.beside) == ("cpu", 3, ())
    assert clock.host == staff.process_identity()["host"]


def test_that_only_runs_on_the_same_device_at_the_same_time_are_beside(store, train):
    run, _ = train(100.0, 200.0)
    train(0.0, 100.0)
    train(200.0, 300.0)
    train(120.0, 180.0, device="cuda")
    before, _ = train(50.0, 101.0)
    still_going, _ = train(199.0)
    assert read_clocks(store, [run])[run].beside == (before, still_going)


def test_that_runs_that_were_beside_are_known_after_they_are_deleted(store, train):
    run, _ = train(100.0, 200.0)
    first, second = (train(120.0, 180.0)[0] for _ in range(2))
    alone, _ = train(300.0, 400.0)
    with store.write() as connection:
        connection.execute(schema.run.update().values(state=RunState.COMPLETED))
    for gone in (first, second):
        runs.delete_runs(store, [gone])
    clocks = read_clocks(store, [run, alone])
    assert clocks[run].beside == (first, second)
    assert clocks[run].threads == 3
    assert clocks[alone].beside == ()


def test_that_a_run_that_went_on_has_several_attempts(store, train):
    run, claim = train(100.0, 200.0)
    run_queue.finish(store, claim, RunState.INTERRUPTED)
    run_queue.resume(store, run)
    run_queue.claim(store, staff.hire(store, "train"))
    assert read_clocks(store, [run])[run].num_attempts == 2


def test_that_runs_that_have_not_begun_have_no_clock(store):
    (run,) = run_queue.enqueue(store, [RunSpec(name="e")])
    assert read_clocks(store, [run, 99]) == {}
