import gc
import threading

import pytest
from PySide6.QtCore import QCoreApplication, QObject, QThread

from engine.spec.errors import StoreError
from engine.store import tasks
from studio.bridge.jobs import Jobs
from studio.bridge.task_watch import TaskWatch

pytestmark = pytest.mark.gui


def test_that_work_runs_off_the_gui_thread_and_its_handler_on_it(qtbot, jobs):
    seen = []
    jobs.run(threading.get_ident, lambda worker: seen.append((worker, QThread.currentThread())))
    qtbot.waitUntil(lambda: bool(seen))
    worker, handler = seen[0]
    assert worker != threading.get_ident()
    assert handler is QCoreApplication.instance().thread()


def test_that_a_failure_goes_to_its_handler_and_nowhere_else(qtbot, jobs):
    seen = []

    def fail():
        raise StoreError("no such run")

    with qtbot.assertNotEmitted(jobs.failed):
        jobs.run(fail, seen.append, lambda error: seen.append(str(error)))
        qtbot.waitUntil(lambda: seen == ["no such run"])


def test_that_a_failure_without_handler_is_told_to_the_user_in_one_line(qtbot, jobs):
    def fail():
        raise StoreError("the disk is full")

    with qtbot.waitSignal(jobs.failed) as signal:
        jobs.run(fail)
    assert signal.args == ["the disk is full"]


def test_that_a_fault_of_ours_is_logged_whole_and_told_by_its_kind(qtbot, jobs, caplog):
    with qtbot.waitSignal(jobs.failed) as signal:
        jobs.run(lambda: {}["missing"])
    assert "KeyError" in signal.args[0]
    assert "Traceback" in caplog.text


def test_that_no_handler_is_called_once_its_owner_is_destroyed(qtbot, jobs):
    begin, called = threading.Event(), []
    owner = QObject()
    jobs.run(begin.wait, lambda _: called.append("owned"), owner=owner)
    jobs.run(begin.wait, lambda _: called.append("free"))
    owner.deleteLater()
    with qtbot.waitSignal(owner.destroyed):
        pass
    begin.set()
    qtbot.waitUntil(lambda: bool(called))
    jobs.wait()
    QCoreApplication.processEvents()
    assert called == ["free"]


def test_that_waiting_waits_for_every_job_begun(qapp):
    jobs, done = Jobs(), []
    for number in range(20):
        jobs.run(lambda number=number: done.append(number))
    jobs.wait()
    assert sorted(done) == list(range(20))


def test_that_a_cycle_with_a_widget_is_collected_on_the_gui_thread_only(qtbot, jobs):
    collected = []

    class Held:
        def __del__(self):
            collected.append(threading.get_ident())

    def leave_a_cycle():
        held = Held()
        held.myself = held

    def allocate():
        return len([[number] for number in range(300_000)])

    leave_a_cycle()
    done = []
    for _ in range(4):
        jobs.run(allocate, done.append)
    qtbot.waitUntil(lambda: len(done) == 4)
    assert set(collected) <= {threading.get_ident()}  # its own turn may have come in between
    gc.collect()
    assert collected == [threading.get_ident()]
    jobs.wait()
    assert gc.isenabled()


class ClientWithoutEngine:
    """A client whose tasks wait in the real store for the test to do them."""

    def __init__(self, store):
        self.store = store

    def submit(self, kind, **arguments):
        return tasks.submit(self.store, kind, arguments)

    def task(self, task):
        return tasks.get_task(self.store, task)

    def cancel(self, task):
        return tasks.cancel(self.store, task)


@pytest.fixture
def watch(client, jobs):
    return TaskWatch(ClientWithoutEngine(client.store), jobs)


def claimed(store, filling):
    return tasks.claim_task(store, filling._worker)


def test_that_a_task_is_followed_to_its_result(qtbot, watch, client, filling):
    watch.start("export", run=1)
    with qtbot.waitSignal(watch.progressed) as progress:
        pass
    row = claimed(client.store, filling)
    assert progress.args[0].arguments == {"run": 1}
    tasks.succeed(client.store, row.id, {"folder": "x"})
    with qtbot.waitSignal(watch.succeeded) as signal:
        pass
    assert signal.args == [{"folder": "x"}]
    assert not watch.running


@pytest.mark.parametrize("at_once", [True, False])
def test_that_a_cancelled_task_comes_to_nothing(qtbot, watch, client, filling, at_once):
    watch.start("export", run=1)
    if not at_once:
        qtbot.waitSignal(watch.progressed).wait()
    with qtbot.waitSignal(watch.cancelled):
        watch.cancel()
    assert not watch.running
    assert claimed(client.store, filling) is None


def test_that_what_has_ended_cannot_be_cancelled(qtbot, watch, client, filling):
    watch.start("export", run=1)
    qtbot.waitSignal(watch.progressed).wait()
    tasks.succeed(client.store, claimed(client.store, filling).id, {"folder": "x"})
    with qtbot.waitSignal(watch.succeeded), qtbot.assertNotEmitted(watch.cancelled):
        watch.cancel()


def test_that_a_failed_task_says_why(qtbot, watch, client, filling):
    watch.start("export", run=7)
    qtbot.waitSignal(watch.progressed).wait()
    tasks.fail(client.store, claimed(client.store, filling).id, "there is no run 7")
    with qtbot.waitSignal(watch.failed) as signal:
        pass
    assert signal.args == ["there is no run 7"]


def test_that_a_forgotten_task_is_heard_of_no_more(qtbot, watch, client, filling):
    watch.start("export", run=1)
    qtbot.waitSignal(watch.progressed).wait()
    watch.forget()
    tasks.succeed(client.store, claimed(client.store, filling).id, {})
    with qtbot.assertNotEmitted(watch.succeeded, wait=400):
        pass
