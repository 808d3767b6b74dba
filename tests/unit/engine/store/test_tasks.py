import time

import pytest

from engine.spec.errors import StoreError
from engine.store import schema, staff, tasks


def test_that_a_task_goes_from_queued_to_done(store):
    worker = staff.hire(store, "task")
    first = tasks.submit(store, "export", {"run": 1, "formats": None})
    second = tasks.submit(store, "predict", {})
    assert (tasks.get_task(store, first).state, tasks.queued_tasks(store)) == ("queued", 2)
    claimed = tasks.claim_task(store, worker)
    assert (claimed.id, claimed.kind, claimed.arguments, claimed.state) == (
        first, "export", {"run": 1, "formats": None}, "running"
    )
    tasks.report(store, first, 1, 3, "writing")
    row = tasks.get_task(store, first)
    assert (row.done, row.total, row.doing, row.finished_at) == (1, 3, "writing", None)
    tasks.succeed(store, first, {"folder": "/x"})
    row = tasks.get_task(store, first)
    assert (row.state, row.result, row.error, row.finished_at is not None) == (
        "done", {"folder": "/x"}, "", True
    )
    assert tasks.claim_task(store, worker).id == second
    assert tasks.claim_task(store, worker) is None
    tasks.fail(store, second, "no such file")
    row = tasks.get_task(store, second)
    assert (row.state, row.error, row.result) == ("failed", "no such file", None)


@pytest.mark.parametrize("claimed", [False, True])
def test_that_a_cancelled_task_is_told_so_and_stays_cancelled(store, claimed):
    worker, task = staff.hire(store, "task"), tasks.submit(store, "export", {"run": 1})
    if claimed:
        assert tasks.claim_task(store, worker).id == task
    assert tasks.cancel(store, task)
    row = tasks.get_task(store, task)
    assert (row.state, row.error, row.finished_at is not None) == ("cancelled", "", True)
    with pytest.raises(tasks.TaskCancelled):
        tasks.report(store, task, 1, 3, "writing")
    tasks.succeed(store, task, {"folder": "/x"})
    tasks.fail(store, task, "too late")
    staff.bury(store, worker, "it died")
    assert tasks.get_task(store, task) == row
    assert tasks.claim_task(store, worker) is None
    assert (tasks.queued_tasks(store), tasks.cancel(store, task)) == (0, False)


def test_that_what_has_ended_is_not_cancelled(store):
    task = tasks.submit(store, "export", {})
    tasks.succeed(store, task, {"folder": "/x"})
    assert not tasks.cancel(store, task)
    assert tasks.get_task(store, task).state == "done"


def test_that_an_unknown_task_is_named(store):
    with pytest.raises(StoreError, match=r"^there is no task 5 in "):
        tasks.get_task(store, 5)


def test_that_tasks_that_ended_long_ago_are_forgotten(store):
    old, waiting = tasks.submit(store, "predict", {}), tasks.submit(store, "predict", {})
    tasks.succeed(store, old, {})
    recent = tasks.submit(store, "predict", {})
    tasks.succeed(store, recent, {})
    with store.write() as connection:
        connection.execute(
            schema.task.update().where(schema.task.c.id == old)
            .values(finished_at=time.time() - tasks.KEEP_S - 1)
        )
    tasks.submit(store, "predict", {})
    with pytest.raises(StoreError):
        tasks.get_task(store, old)
    assert tasks.get_task(store, waiting).state == "queued"
    assert tasks.get_task(store, recent).state == "done"
