"""Metric points on their way from the training thread into the store.

The training thread keeps what a step computed anyway, its losses and logits, in a list and does
nothing else: no arithmetic, no host sync, no database. A writer thread takes the lists, works out
the numbers of many steps at once, checks that every loss is finite, and flushes to the store twice
a second, more often while somebody looks on. The store may lag; training never waits for it.
Requests (pause, stop) come back on the same rounds.
"""

import queue
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from engine.losses.targets import Targets, top1_of_steps
from engine.methods.method import Loss
from engine.spec.errors import StoreError
from engine.store import run_queue, runs
from engine.store.connect import Store
from engine.store.watching import is_watched
from engine.training.ledger import Ledger
from engine.training.machine import Machine

FLUSH_S, WATCHED_FLUSH_S = 0.5, 0.12
"""Seconds between flushes, and while a window follows runs: it sees five pictures a second."""
SAMPLE_S = 2.0
LAST_FLUSH_TRIES = 20
"""Each try waits for the store as long as its busy timeout: ten minutes in all."""
BUFFER_STEPS = 256
BUFFER_BYTES = 32 * 2**20
"""Steps are handed over when so many wait, or when the logits they hold are so large."""


class NonFiniteLoss(Exception):
    """A term of the loss became infinite or not a number; the message names step and term."""


@dataclass
class _Chunk:
    """What some steps in a row computed."""

    first_step: int
    names: tuple[str, ...]
    limit: int
    since: float
    seconds: float = 0.0
    times: list[float] = field(default_factory=list[float])
    rates: list[float] = field(default_factory=list[float])
    terms: list[list[Tensor]] = field(default_factory=list[list[Tensor]])
    logits: list[Tensor] = field(default_factory=list[Tensor])
    targets: list[Targets] = field(default_factory=list[Targets])

    def values(self) -> np.ndarray:
        """One row of float32 a step: each term, training top-1."""
        terms = torch.stack([term.float() for row in self.terms for term in row])
        top1 = top1_of_steps(self.logits, self.targets)
        rows = terms.reshape(len(self.times), -1)
        return torch.cat([rows, top1[:, None].to(rows.device)], dim=1).cpu().numpy()


class Recorder:
    """Records one attempt of a run. A context manager: leaving it stores everything."""

    def __init__(
        self, store: Store, run: int, ledger: Ledger, batch_size: int,
        machine: Machine | None = None,
    ) -> None:
        """Record for `run` through `ledger`.

        Args:
            store: where to.
            run: whose numbers they are.
            ledger: takes the points.
            batch_size: turns steps into images a second.
            machine: looked at every `SAMPLE_S`; None: not at all.
        """
        self._store, self._run, self._ledger = store, run, ledger
        self._batch_size, self._machine = batch_size, machine
        self._sampled_at, self._sampled_step, self._sampled_wait = time.monotonic(), 0, 0.0
        self._last_step = 0
        self._flush_s = FLUSH_S
        self.waited_s = 0.0
        """Seconds that the training waited for data; kept by the loop."""
        self.trained_s = 0.0
        """Seconds that the steps took, over all attempts; kept by the loop."""
        self._chunks: queue.SimpleQueue[_Chunk | threading.Event | None] = queue.SimpleQueue()
        self._chunk: _Chunk | None = None
        self._writer = threading.Thread(target=self._write, name="recorder", daemon=True)
        self.request: str | None = None
        self.problem: Exception | None = None
        self.store_problem: StoreError | None = None

    def __enter__(self) -> "Recorder":
        """Start the writer."""
        self._writer.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Hand over what is left and wait until it is stored.

        Raises:
            StoreError: it could not be stored.
        """
        self._hand_over()
        self._chunks.put(None)
        self._writer.join()
        problem = self.problem or self.store_problem
        if problem is not None:
            raise problem

    # ---- on the training thread

    def step(self, step: int, loss: Loss, targets: Targets, lr: float) -> None:
        """Record optimiser step `step` (the first is 1): terms, their sum, batch top-1, rate."""
        now, chunk = time.time(), self._chunk
        if chunk is None:
            limit = BUFFER_BYTES // max(1, loss.logits_BK.nbytes)
            chunk = self._chunk = _Chunk(step, tuple(loss.terms), min(limit, BUFFER_STEPS), now)
        chunk.terms.append([term.detach() for term in loss.terms.values()])
        chunk.logits.append(loss.logits_BK.detach())
        chunk.targets.append(targets)
        chunk.rates.append(lr)
        chunk.times.append(now)
        chunk.seconds = self.trained_s
        if len(chunk.times) >= chunk.limit or now - chunk.since >= self._flush_s:
            self._hand_over()

    def keep(self, step: int, values: Mapping[str, float]) -> None:
        """Record further numbers of a step, by series."""
        now = time.time()
        for key, value in values.items():
            self._ledger.add(key, [step], [now], [value])

    def settle(self) -> None:
        """Wait until the losses of every step so far have been looked at.

        Raises:
            NonFiniteLoss: one of them was not finite.
        """
        self._hand_over()
        seen = threading.Event()
        self._chunks.put(seen)
        while not seen.wait(self._flush_s) and self._writer.is_alive():
            pass
        if self.problem is not None:
            raise self.problem

    def note(self, text: str) -> None:
        """Write a line into the run's log."""
        with self._store.write() as connection:
            runs.log(connection, self._run, text)

    def _hand_over(self) -> None:
        if self._chunk is not None:
            self._chunks.put(self._chunk)
            self._chunk = None

    # ---- on the writer thread

    def _write(self) -> None:
        try:
            self._keep_writing()
        except Exception as error:  # a fault of ours: it ends the training, not only this thread
            self.problem = error

    def _keep_writing(self) -> None:
        flushed, closing = time.monotonic(), False
        while not closing:
            try:
                item = self._chunks.get(timeout=self._flush_s)
            except queue.Empty:
                item = threading.Event()
            if isinstance(item, _Chunk):
                self._take(item)
            elif item is None:
                closing = True
            else:
                item.set()
            # What is handed over comes a little earlier or later: it is not to wait for a round.
            if closing or time.monotonic() - flushed >= 0.8 * self._flush_s:
                self._round()
                flushed = time.monotonic()
        for _ in range(LAST_FLUSH_TRIES):
            if self.store_problem is None:
                break
            self._round()

    def _take(self, chunk: _Chunk) -> None:
        values = chunk.values()
        terms = values[:, :-1]
        self._check(chunk, terms)
        total = np.zeros(len(terms), np.float32)
        for column in terms.T:  # first term first, like the loss that was minimised
            total = total + column
        series = {"train/loss": total}
        if len(chunk.names) > 1:  # one term is the total: one curve, not two
            series |= {f"train/loss/{name}": terms[:, i] for i, name in enumerate(chunk.names)}
        series["train/top1"] = values[:, -1]
        steps = range(chunk.first_step, chunk.first_step + len(chunk.times))
        for key, column in series.items():
            self._ledger.add(key, steps, chunk.times, column.tolist())
        self._ledger.add("lr", steps, chunk.times, chunk.rates)
        self._ledger.set(step=steps[-1], seconds=chunk.seconds)
        self._last_step = steps[-1]
        elapsed = chunk.times[-1] - chunk.times[0]
        if elapsed > 0:
            self._ledger.set(images_per_s=self._batch_size * (len(steps) - 1) / elapsed)

    def _check(self, chunk: _Chunk, terms: np.ndarray) -> None:
        bad = np.argwhere(~np.isfinite(terms))
        if len(bad) and self.problem is None:
            row, column = bad[0]
            self.problem = NonFiniteLoss(
                f"the loss term '{chunk.names[column]}' became {terms[row, column]} at step "
                f"{chunk.first_step + row}; the checkpoint before it was kept; a lower learning "
                "rate or a warm-up usually helps"
            )

    def _sample(self) -> None:
        """Look at the machine; points stand at the last step that is known."""
        now, step, waited = time.monotonic(), self._last_step, self.waited_s
        span = now - self._sampled_at
        if self._machine is None or span < SAMPLE_S or step == self._sampled_step:
            return
        seen = self._machine.sample()
        seen["system/data_wait"] = 100 * (waited - self._sampled_wait) / span
        if self._sampled_step:
            steps = step - self._sampled_step
            seen["system/images_per_s"] = self._batch_size * steps / span
        for key, value in seen.items():
            self._ledger.add(key, [step], [time.time()], [value])
        self._sampled_at, self._sampled_step, self._sampled_wait = now, step, waited

    def _round(self) -> None:
        self._sample()
        try:
            self._ledger.flush()
            asked = run_queue.pending_request(self._store, self._run)
            if asked is not None:  # one that came by signal is not forgotten for want of a row
                self.request = asked
            self._flush_s = WATCHED_FLUSH_S if is_watched(self._store) else FLUSH_S
            self.store_problem = None
        except StoreError as error:  # what waits is kept for the next round
            self.store_problem = error
