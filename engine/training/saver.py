"""Checkpoints on their way to the disk.

The training thread copies the state to host memory and trains on; writing, hashing and waiting
for the disk happen on one thread of the saver. The next checkpoint waits for the one before.
"""

from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress

from engine.spec.errors import CheckpointError, StoreError
from engine.store import runs
from engine.store.connect import Store
from engine.training.checkpoint import (
    CHECKPOINTS,
    Checkpoint,
    Snapshot,
    checkpoints,
    prune,
    sweep,
    write_checkpoint,
)
from engine.training.ledger import Ledger
from engine.training.weights import BEST_WEIGHTS, file_sha256, reason, write_weights

KEPT = 2
"""While a run goes on: the last, and one before it should the last be damaged."""


class Saver:
    """Writes the checkpoints and the best weights of one attempt of a run.

    A context manager: leaving it waits for what is being written.

    Attributes:
        step: of the newest checkpoint that was written (or gone on from); −1 before the first.
        best_sha256: of the file of the best weights; empty before the first.
    """

    def __init__(self, store: Store, run: int, ledger: Ledger, keep_steps: int) -> None:
        """Keep the checkpoints of every `keep_steps` steps, 0 for none, besides the newest."""
        self._store, self._run, self._ledger = store, run, ledger
        self._keep_steps = keep_steps
        self._weights = store.workspace.run_folder(run) / BEST_WEIGHTS
        self._folder = store.workspace.run_folder(run) / CHECKPOINTS
        self._thread = ThreadPoolExecutor(1, "saver")
        self._writing: Future[None] | None = None
        self._best: Snapshot | None = None
        self._complained = False
        self.step = -1
        self.best_sha256 = ""

    def __enter__(self) -> "Saver":
        """Remove what a kill left half written."""
        for folder in (self._folder, self._folder.parent):
            sweep(folder)
        return self

    def __exit__(self, *_: object) -> None:
        """Wait for what is being written."""
        self._thread.shutdown()

    def go_on(self, checkpoint: Checkpoint) -> bool:
        """Begin with a checkpoint that was read; returns whether its best weights are there."""
        self.step = checkpoint.progress.step
        self._enter()  # a kill may have come before the rows of what it left
        if not checkpoint.best_sha256:
            return True
        with suppress(OSError):
            if file_sha256(self._weights) == checkpoint.best_sha256:
                self._enter_best(checkpoint.progress.best_step, checkpoint.best_sha256)
                return True
        return False

    def save(self, snapshot: Snapshot, *, best: bool = False) -> None:
        """Begin to write a checkpoint; its weights are the best so far where `best` says so."""
        self._writing = self._thread.submit(self._write, snapshot, best)

    def wait(self) -> None:
        """Wait until nothing is being written. A failure is in the run's log already.

        Raises:
            CheckpointError: it failed, and there is no earlier one to go on from.
        """
        try:
            self.settle()
        except CheckpointError:
            if self.step < 0:
                raise

    def settle(self) -> None:
        """Wait until what was saved last is on the disk.

        Raises:
            CheckpointError: it could not be written.
        """
        writing, self._writing = self._writing, None
        if writing is not None:
            writing.result()

    def settle_best(self) -> None:
        """Wait until the best weights are on the disk, trying once more where that failed.

        Raises:
            CheckpointError: they cannot be written.
        """
        self.wait()
        self._write_best()

    def tidy(self) -> None:
        """Leave of a completed run the newest checkpoint, and those of every `keep_steps`."""
        prune(self._folder, self.step, 1, self._keep_steps)
        self._enter()

    # ---- on the saver's thread

    def _write(self, snapshot: Snapshot, best: bool) -> None:
        try:
            if best:
                self._best = snapshot
            self._write_best()
            self._sync_store()
            write_checkpoint(self._folder, snapshot, self.best_sha256)
        except CheckpointError as error:
            raise self._complaint(error) from None
        self.step, self._complained = snapshot.step, False
        prune(self._folder, self.step, KEPT, self._keep_steps)
        self._enter()

    def _write_best(self) -> None:
        """Write the best weights, unless they are; they wait in memory while that fails."""
        if self._best is None:
            return
        write_weights(self._weights, self._best.weights())
        self._enter_best(self._best.step, file_sha256(self._weights))
        self._best = None

    def _sync_store(self) -> None:
        """The points that are in the store are not in the checkpoint: a power cut may take neither.

        Raises:
            CheckpointError: the disk does not take them.
        """
        try:
            self._store.sync()
        except OSError as error:
            raise CheckpointError(f"the store is not on the disk ({reason(error)})") from None

    def _complaint(self, error: CheckpointError) -> CheckpointError:
        if self.step < 0:
            return error
        text = f"{error}; the checkpoint of step {self.step} is kept"
        if not self._complained:  # one line, however many fail in a row
            with suppress(StoreError), self._store.write() as connection:
                runs.log(connection, self._run, text, "warning")
        self._complained = True
        return CheckpointError(text)

    def _enter(self) -> None:
        there = checkpoints(self._folder)
        newest = there.get(self.step)
        if newest is not None:
            self._ledger.keep_file(
                "checkpoint", newest, step=self.step,
                num_bytes=runs.folder_bytes(newest),
                only=list(there.values()),
            )

    def _enter_best(self, step: int, sha256: str) -> None:
        self.best_sha256 = sha256
        self._ledger.keep_file(
            "weights", self._weights, step=step, num_bytes=self._weights.stat().st_size,
            sha256=sha256, facts={"step": step},
        )
