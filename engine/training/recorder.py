"""Metric points on their way from the training thread into the store.

The training thread writes one row of numbers per step into a small buffer on its device and does
nothing else: no host sync, no database. A writer thread takes full buffers, checks that every
loss is finite, and flushes to the store at least once a second. The store may lag; training
never waits for it. Requests (pause, stop) come back on the same rounds.
"""

import queue
import threading
import time
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from engine.losses.targets import Targets
from engine.methods.method import Loss
from engine.spec.errors import StoreError
from engine.store import run_queue
from engine.store.connect import Store
from engine.training.ledger import Ledger

FLUSH_S = 0.5
LAST_FLUSH_TRIES = 20
"""Each try waits for the store as long as its busy timeout: ten minutes in all."""
BUFFER_STEPS = 256


class NonFiniteLoss(Exception):
    """A term of the loss became infinite or not a number; the message names step and term."""


class _Chunk(NamedTuple):
    first_step: int
    times: list[float]
    rates: list[float]
    rows: Tensor
    copied: torch.cuda.Event | None


class Recorder:
    """Records one attempt of a run. A context manager: leaving it stores everything."""

    def __init__(self, store: Store, run: int, ledger: Ledger, batch_size: int) -> None:
        """Record for `run` through `ledger`; `batch_size` turns steps into images a second."""
        self._store, self._run, self._ledger = store, run, ledger
        self._batch_size = batch_size
        self._chunks: queue.SimpleQueue[_Chunk | threading.Event | None] = queue.SimpleQueue()
        self._buffer: Tensor | None = None
        self._names: tuple[str, ...] = ()
        self._first_step = 0
        self._times: list[float] = []
        self._rates: list[float] = []
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
        terms = torch.stack([term.detach().float() for term in loss.terms.values()])
        top1 = targets.top1(loss.logits_BK.detach())
        if self._buffer is None:
            self._names = ("train/loss", *(f"train/loss/{t}" for t in loss.terms), "train/top1")
            self._buffer = torch.empty(BUFFER_STEPS, len(self._names), device=terms.device)
        if not self._times:
            self._first_step = step
        torch.cat([terms.sum()[None], terms, top1[None]], out=self._buffer[len(self._times)])
        self._times.append(time.time())
        self._rates.append(lr)
        if len(self._times) == BUFFER_STEPS or self._times[-1] - self._times[0] >= FLUSH_S:
            self._hand_over()

    def settle(self) -> None:
        """Wait until the losses of every step so far have been looked at.

        Raises:
            NonFiniteLoss: one of them was not finite.
        """
        self._hand_over()
        seen = threading.Event()
        self._chunks.put(seen)
        while not seen.wait(FLUSH_S) and self._writer.is_alive():
            pass
        if self.problem is not None:
            raise self.problem

    def _hand_over(self) -> None:
        if not self._times or self._buffer is None:
            return
        rows, copied = self._buffer[: len(self._times)].clone(), None
        if rows.is_cuda:
            host = torch.empty(rows.shape, pin_memory=True)
            host.copy_(rows, non_blocking=True)
            copied = torch.cuda.Event()
            copied.record()
            rows = host
        self._chunks.put(_Chunk(self._first_step, self._times, self._rates, rows, copied))
        self._times, self._rates = [], []

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
                item = self._chunks.get(timeout=FLUSH_S)
            except queue.Empty:
                item = threading.Event()
            if isinstance(item, _Chunk):
                self._take(item)
            elif item is None:
                closing = True
            else:
                item.set()
            if closing or time.monotonic() - flushed >= FLUSH_S:
                self._round()
                flushed = time.monotonic()
        for _ in range(LAST_FLUSH_TRIES):
            if self.store_problem is None:
                break
            self._round()

    def _take(self, chunk: _Chunk) -> None:
        if chunk.copied is not None:
            chunk.copied.synchronize()
        values = chunk.rows.double().cpu().numpy()
        self._check(chunk, values)
        steps = range(chunk.first_step, chunk.first_step + len(chunk.times))
        single = len(self._names) == 3  # one term is the total: one curve, not two
        for column, key in enumerate(self._names):
            if not (single and column == 1):
                self._ledger.add(key, steps, chunk.times, values[:, column].tolist())
        self._ledger.add("lr", steps, chunk.times, chunk.rates)
        self._ledger.set(step=steps[-1])
        elapsed = chunk.times[-1] - chunk.times[0]
        if elapsed > 0:
            self._ledger.set(images_per_s=self._batch_size * (len(steps) - 1) / elapsed)

    def _check(self, chunk: _Chunk, values: np.ndarray) -> None:
        bad = np.argwhere(~np.isfinite(values[:, 1:-1]))
        if len(bad) and self.problem is None:
            row, column = bad[0]
            term = self._names[1 + column].removeprefix("train/loss/")
            self.problem = NonFiniteLoss(
                f"the loss term '{term}' became {values[row, 1 + column]} at step "
                f"{chunk.first_step + row}; the checkpoint before it was kept; a lower learning "
                "rate or a warm-up usually helps"
            )

    def _round(self) -> None:
        try:
            self._ledger.flush()
            # One that came by signal is not forgotten for want of a row.
            self.request = self.request or run_queue.pending_request(self._store, self._run)
            self.store_problem = None
        except StoreError as error:  # what waits is kept for the next round
            self.store_problem = error
