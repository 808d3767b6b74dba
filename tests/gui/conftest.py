import time
from contextlib import suppress
from functools import partial

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication, QWidget

from engine.spec.errors import StoreError
from engine.spec.rows import Summary
from engine.spec.run_spec import MethodSpec, RunSpec, TrainingSpec
from engine.spec.run_state import RunState
from engine.store import run_queue, schema, staff
from engine.store.points import Points, append
from engine.store.runs import get_spec
from studio.bridge.client import Client
from studio.bridge.feed import Feed
from studio.bridge.jobs import Jobs
from studio.run_commands import RunCommands
from studio.state.commands import Commands
from studio.state.context import Context
from studio.state.messages import Messages
from studio.state.selection import Selection
from studio.state.settings import LANGUAGE, Settings
from studio.theme.theme import apply_theme
from tests.gui.framing import add_frame

ENDING_S = 5.0
WAIT_MS = 20_000


@pytest.fixture
def qtbot(qtbot):
    """Waits longer than pytest-qt's 5 s: several test processes share the cores."""
    for name in ("waitSignal", "waitUntil"):
        setattr(qtbot, name, partial(getattr(qtbot, name), timeout=WAIT_MS))
    return qtbot


@pytest.fixture(scope="session")
def qapp_cls():
    return QApplication


@pytest.fixture(autouse=True)
def dressed(qapp):
    if not qapp.styleSheet():
        apply_theme(qapp, "light")


@pytest.fixture
def jobs(qapp, monkeypatch):
    """What a test replaces, such as the engine's start, stays replaced until they are done."""
    jobs = Jobs()
    yield jobs
    jobs.wait()
    qapp.processEvents()


@pytest.fixture
def client(workspace):
    client = Client(workspace)
    yield client
    if client.engine() is not None:
        _let_the_engine_go(client)
    client.close()


def _let_the_engine_go(client):
    """A test that started a real engine leaves no process behind."""
    for run in client.runs():
        with suppress(StoreError):
            client.stop(run.id)
    client.stop_engine()
    limit = time.monotonic() + ENDING_S
    while client.engine() is not None and time.monotonic() < limit:
        time.sleep(0.05)


@pytest.fixture
def settings(tmp_path):
    settings = Settings(tmp_path / "studio.ini")
    settings.put(LANGUAGE, "en")  # whatever the desktop's is
    return settings


@pytest.fixture
def feed(client, jobs):
    """A feed that already looks."""
    feed = Feed(client, jobs)
    feed.start()
    yield feed
    feed.stop()


@pytest.fixture
def bare(client, jobs, feed, settings):
    """What a window is given, over a real and empty workspace."""
    context = Context(client, jobs, feed, Selection(), settings, Commands(), Messages())
    window = QWidget()
    RunCommands(context, window)
    yield context
    window.deleteLater()


@pytest.fixture
def context(bare):
    """What a page is given: the commands of the frame are there already."""
    add_frame(bare)
    return bare


class Filling:
    """Fills a workspace as an engine would, through the store's own functions."""

    STEPS_PER_EPOCH = 50

    def __init__(self, client):
        self.store = client.store
        run_queue.set_parallel_runs(self.store, 100)
        self._worker = staff.enter(self.store, "train")

    def queue(self, methods=("plain",), seeds=(0,), epochs=4):
        """Queued runs; returns their ids."""
        specs = [
            RunSpec(seed=seed, method=MethodSpec(name=method), training=TrainingSpec(epochs=epochs))
            for method in methods for seed in seeds
        ]
        return run_queue.enqueue(self.store, specs)

    def train(self, run, epochs):
        """Let a queued run come so far; it is left running."""
        claim = run_queue.claim(self.store, self._worker)
        assert claim is not None
        assert claim.run == run, "runs are claimed in the order of the queue"
        total = self._total(run)
        with self.store.write() as connection:
            connection.execute(schema.run.update().where(schema.run.c.id == run).values(
                step=epochs * self.STEPS_PER_EPOCH, num_steps=total,
                steps_per_epoch=self.STEPS_PER_EPOCH, seconds=2.0 * epochs, device="cpu",
                images_per_s=1234.0, params_deployed=77_850, params_training=101_000,
            ))
            self._append(connection, run, epochs)
        return claim

    def complete(self, run, epochs=4):
        """Let a queued run come to its end."""
        claim = self.train(run, epochs)
        run_queue.finish(self.store, claim, RunState.COMPLETED)

    def _total(self, run):
        return get_spec(self.store, run).training.epochs * self.STEPS_PER_EPOCH

    def _append(self, connection, run, epochs):
        rng = np.random.default_rng(run)
        steps = np.arange(1, epochs * self.STEPS_PER_EPOCH + 1, dtype=np.int64)
        times = 1.7e9 + 0.04 * steps
        loss = 2.3 * np.exp(-steps / 80) + 0.1 + 0.05 * rng.random(len(steps))
        ends = steps[self.STEPS_PER_EPOCH - 1 :: self.STEPS_PER_EPOCH]
        val = 90 - 60 * np.exp(-ends / 100) + run / 10
        blocks = {
            "train/loss": Points(steps, times, loss),
            "train/loss/main": Points(steps, times, 0.7 * loss),
            "train/loss/sila": Points(steps, times, 0.3 * loss),
            "train/top1": Points(steps, times, 100 - 30 * loss),
            "lr": Points(steps, times, 0.1 * np.cos(steps / steps[-1])),
            "val/top1": Points(ends, times[ends - 1], val),
            "val/loss": Points(ends, times[ends - 1], loss[ends - 1] + 0.1),
        }
        last, at = float(val[-1]), int(ends[-1])
        summaries = {
            "val/top1": Summary(last, at, last, at), "test/top1": Summary(last - 1, at, last, at)
        }
        append(connection, run, blocks, summaries)


@pytest.fixture
def filling(client):
    return Filling(client)
