import signal
import socket
import time

import psutil
import sqlalchemy as sa

from engine.spec.rows import Unattended
from engine.spec.run_state import RunState
from engine.store import cards, run_queue, runs, schema, staff, tasks
from engine.store.connect import open_store

TAKE = """
import sys
from pathlib import Path
from engine.spec.workspace import Workspace
from engine.store import staff
from engine.store.connect import open_store
store = open_store(Workspace(Path(sys.argv[1])))
print(staff.take_lease(store) is not None, flush=True)
sys.stdin.read() if len(sys.argv) > 2 else None
"""


def set_engine(store, **values):
    with store.write() as connection:
        connection.execute(schema.engine.update().values(**values))


def test_that_a_second_engine_is_refused_until_the_first_gives_up(store, spawn, workspace):
    token = staff.take_lease(store)
    assert staff.living_engine(store).pid == psutil.Process().pid
    assert spawn(TAKE, workspace.root).communicate()[0].strip() == "False"
    staff.release_lease(store, token)
    assert staff.living_engine(store) is None
    assert spawn(TAKE, workspace.root).communicate()[0].strip() == "True"


def test_that_the_lease_of_a_dead_process_is_taken_over(store, spawn, workspace):
    process = spawn(TAKE, workspace.root)
    assert process.communicate()[0].strip() == "True"
    assert staff.living_engine(store) is None
    assert staff.take_lease(store) is not None


def test_that_a_process_that_got_a_dead_ones_number_is_not_taken_for_it(store):
    staff.take_lease(store)
    set_engine(store, process_started_at=psutil.Process().create_time() - 100)
    assert staff.living_engine(store) is None
    assert staff.take_lease(store) is not None


def test_that_a_lease_of_another_host_lasts_as_long_as_its_heartbeat(store):
    staff.take_lease(store)
    set_engine(store, host="elsewhere", heartbeat_at=time.time() - staff.STALE_S / 2)
    assert staff.take_lease(store) is None
    set_engine(store, heartbeat_at=time.time() - staff.STALE_S - 1)
    assert staff.take_lease(store) is not None


def test_that_a_heartbeat_fails_without_the_lease_or_when_asked_to_stop(store):
    token = staff.take_lease(store)
    devices = [{"name": "cpu", "load": 1.0}]
    assert staff.keep_lease(store, token, devices)
    assert staff.living_engine(store).devices == tuple(devices)
    assert not staff.keep_lease(store, "another", devices)
    staff.ask_engine_to_stop(store)
    assert not staff.keep_lease(store, token, devices)
    staff.release_lease(store, token)
    assert staff.keep_lease(store, staff.take_lease(store), devices)


def test_that_an_engine_does_not_go_while_there_is_work(store, enqueue):
    token = staff.take_lease(store)
    (run,) = enqueue()
    assert not staff.release_lease(store, token, only_if_idle=True)
    run_queue.ask(store, run, run_queue.STOP)
    task = tasks.submit(store, "predict", {})
    assert staff.has_work(store)
    assert not staff.release_lease(store, token, only_if_idle=True)
    tasks.fail(store, task, "no")
    assert not staff.has_work(store)
    assert staff.release_lease(store, token, only_if_idle=True)
    assert staff.living_engine(store) is None


def test_that_a_dead_workers_run_is_interrupted_and_its_task_failed(store, enqueue, worker):
    (run, other) = enqueue(2)
    run_queue.claim(store, worker)
    tasker = staff.hire(store, "task")
    task = tasks.submit(store, "predict", {})
    tasks.claim_task(store, tasker)
    staff.bury(store, worker, "it was killed")
    row = runs.get_run(store, run)
    assert (row.state, row.error) == (RunState.INTERRUPTED, "it was killed")
    assert runs.get_run(store, other).state is RunState.QUEUED
    assert staff.staff(store, "train") == []
    assert tasks.get_task(store, task).state == "running"
    staff.bury(store, tasker, "it too")
    assert (tasks.get_task(store, task).state, tasks.get_task(store, task).error) == (
        "failed", "it too"
    )
    with store.read() as connection:
        assert connection.execute(sa.select(schema.attempt.c.state)).scalars().all() == [
            RunState.INTERRUPTED
        ]


def test_that_what_has_no_living_worker_is_told_apart_from_what_goes_on(store, enqueue):
    lost, going, _ = enqueue(3)
    run_queue.set_parallel_runs(store, 9)
    run_queue.claim(store, staff.hire(store, "train"))  # of which no process was ever heard
    run_queue.claim(store, staff.enter(store, "train"))
    for worker in (staff.hire(store, "task"), staff.enter(store, "task")):
        tasks.submit(store, "predict", {})
        tasks.claim_task(store, worker)
    tasks.submit(store, "predict", {})
    assert staff.unattended(store) == Unattended(frozenset([lost]), 1, 1)
    for worker in staff.staff(store, "train"):
        staff.bury(store, worker["id"], "it was killed")
    for worker in staff.staff(store, "task"):
        staff.bury(store, worker["id"], "it was killed")
    assert staff.unattended(store) == Unattended(waiting_tasks=1)
    assert runs.get_run(store, going).state is RunState.INTERRUPTED


def test_that_a_training_on_another_host_goes_on_as_long_as_its_worker_is_heard_of(store, enqueue):
    (run,) = enqueue()
    run_queue.claim(store, worker := staff.enter(store, "train"))
    own = schema.worker.update().where(schema.worker.c.id == worker)
    for silent_s, gone in ((staff.STALE_S / 2, frozenset()), (staff.STALE_S + 1, frozenset([run]))):
        with store.write() as connection:
            connection.execute(
                own.values(host="elsewhere", heartbeat_at=time.time() - silent_s)
            )
        assert staff.unattended(store).runs == gone


def test_that_burying_a_worker_that_finished_changes_no_run(store, enqueue, worker):
    (run,) = enqueue()
    run_queue.finish(store, run_queue.claim(store, worker), RunState.COMPLETED)
    staff.bury(store, worker, "late")
    assert (runs.get_run(store, run).state, runs.get_run(store, run).error) == (
        RunState.COMPLETED, ""
    )


def test_that_a_worker_is_known_by_its_process(store):
    worker = staff.hire(store, "train")
    (row,) = staff.staff(store, "train")
    assert (row["state"], row["pid"]) == ("starting", None)
    staff.report_in(store, worker, "ready")
    (row,) = staff.staff(store, "train")
    assert row["state"] == "ready"
    identity = (row["pid"], row["process_started_at"], row["host"], row["heartbeat_at"])
    assert staff.is_alive(*identity)
    assert not staff.is_alive(row["pid"], None, socket.gethostname(), row["heartbeat_at"])
    staff.sign_off(store, worker)
    assert staff.staff(store, "train") == []


HOLD = """
import sys, time
from pathlib import Path
from engine.spec.workspace import Workspace
from engine.store import cards, schema
from engine.store.connect import open_store
store = open_store(Workspace(Path(sys.argv[1])))
cards.put_setting(store, "committed", 1)
with store.write() as connection:
    connection.execute(schema.setting.insert().values(key="held", value=1))
    print("holding", flush=True)
    time.sleep(60)
"""


def test_that_killing_a_writer_keeps_what_was_committed_and_frees_the_lock(
    store, spawn, workspace
):
    process = spawn(HOLD, workspace.root)
    assert process.stdout.readline() == "holding\n"
    assert cards.get_setting(store, "committed") == 1
    process.send_signal(signal.SIGKILL)
    process.wait()
    cards.put_setting(store, "after", 2)
    again = open_store(workspace)
    assert [cards.get_setting(again, key) for key in ("committed", "held", "after")] == [1, None, 2]
    again.close()
