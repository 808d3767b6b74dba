import signal

import pytest

from engine.cli import follow
from engine.spec.run_spec import RunSpec
from engine.spec.run_state import RunState
from engine.store import run_queue, runs
from engine.store.connect import open_store


@pytest.fixture
def store(workspace):
    store = open_store(workspace)
    yield store
    store.close()


class PressesCtrlC:
    def __del__(self):
        signal.raise_signal(signal.SIGINT)


def test_that_ctrl_c_is_heard_in_whatever_moment_it_is_pressed(store, monkeypatch, capsys):
    before = signal.getsignal(signal.SIGINT)
    numbers = run_queue.enqueue(store, [RunSpec(seed=0), RunSpec(seed=1)])
    monkeypatch.setattr(follow, "ensure_engine", lambda *_: PressesCtrlC() and None)
    assert follow.follow(store, numbers, as_json=True) == follow.INTERRUPTED
    assert {runs.get_run(store, run).state for run in numbers} == {RunState.INTERRUPTED}
    assert signal.getsignal(signal.SIGINT) is before
    capsys.readouterr()
