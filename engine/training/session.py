"""One attempt of a run: where it goes on, what is kept after each epoch, what stands at the end."""

import json
import math
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from engine.backbones.backbone import Backbone
from engine.spec.errors import DataError
from engine.spec.rows import EMA
from engine.store import run_queue, runs
from engine.store.checkpoints import identity
from engine.store.connect import Store
from engine.store.predictions import Split, save_peers, save_predictions
from engine.training.checkpoint import (
    CHECKPOINTS,
    Checkpoint,
    Progress,
    Snapshot,
    load_checkpoint,
)
from engine.training.data import Images
from engine.training.device import peak_memory_mib
from engine.training.dynamic import cost_curves
from engine.training.evaluate import PREDICTED_EPOCHS, logits_of, predictions_of, score
from engine.training.forked import begun_anew, take_over
from engine.training.job import Job
from engine.training.ledger import Ledger
from engine.training.loop import Stopped, train
from engine.training.machine import Machine
from engine.training.peer_answers import peer_predictions
from engine.training.recorder import Recorder
from engine.training.saver import Saver
from engine.training.weights import (
    BEST_WEIGHTS,
    EMA_WEIGHTS,
    LAST_WEIGHTS,
    file_sha256,
    load_weights,
    write_weights,
)

SELECT_BY = "top1"
CALIBRATION_IMAGES = 2048
OLD_CHECKPOINT = "last.pt"


class Session:
    """Trains one run from wherever it stands."""

    def __init__(self, store: Store, run: int, job: Job, ledger: Ledger) -> None:
        """Pick up the run's checkpoint, if it has one.

        Raises:
            DataError: it has checkpoints, and none of them can be read; or it is a fork, and has
                none.
        """
        self._store, self._run, self._job, self._ledger = store, run, job, ledger
        self._folder: Path = store.workspace.run_folder(run)
        row = self._row = runs.get_run(store, run)
        self._identity = identity(row)
        self._recorder = Recorder(
            store, run, ledger, job.batches.batch_size, Machine(job.device)
        )
        self._saver = Saver(
            store, run, ledger, job.spec.training.keep_every * len(job.batches)
        )
        self._saved_at, self._warned = time.monotonic(), False
        self.progress = Progress(threads=torch.get_num_threads())
        self._resume()

    def _resume(self) -> None:
        loaded = load_checkpoint(self._folder / CHECKPOINTS)
        if loaded is None and (old := self._folder / OLD_CHECKPOINT).exists():
            self._warn(f"the checkpoint {old} is of an earlier version, which this one cannot "
                       "read: the run starts again; nothing was deleted")
        if loaded is not None and not (self._is_own(loaded[0]) or self._is_parents(loaded[0])):
            # of another run, of a database that is gone: keep it, start from scratch
            aside, loaded = runs.set_aside(self._folder), None
            self._warn(f"its folder held another run's checkpoints: they are in {aside} now")
        if loaded is not None:
            self._go_on(*loaded)
        elif self._row.forked_from is not None:
            raise DataError(
                f"the checkpoint that this run was forked from is not in {self._folder} any more: "
                f"fork run {self._row.forked_from} again"
            )

    def _is_own(self, found: Checkpoint) -> bool:
        return found.run == self._identity

    def _is_parents(self, found: Checkpoint) -> bool:
        """Whether it is what the run was forked from."""
        is_there = found.progress.step == (self._row.forked_at or 0) * len(self._job.batches)
        return is_there and found.run.startswith(f"{self._row.forked_from} ")

    def _go_on(self, found: Checkpoint, complaints: list[str]) -> None:
        job, threads = self._job, found.progress.threads
        if self._is_own(found):
            job.system.load_state_dict(found.system)
            job.optimizer.load_state_dict(found.optimizer)
            said: list[str] = []
        else:
            said = take_over(job.system, job.optimizer, found)
            found, threads = begun_anew(found), job.spec.training.threads or threads
        if job.average is not None:
            if job.average.fits(found.average):
                job.average.load_state_dict(found.average)
            else:
                job.average.begin_anew()
                said.append("the average of the weights begins here")
        self._ledger.restore(found.ledger)
        self._ledger.set(step=found.progress.step, seconds=found.progress.seconds)
        self.progress = replace(found.progress, threads=threads)
        torch.set_num_threads(threads)
        for complaint in complaints:
            self._warn(f"{complaint}: the one before it is used")
        if found.torch_version != torch.__version__:
            self._warn(f"PyTorch was {found.torch_version} and is {torch.__version__} now: from "
                       "here on the last digits may be others than without the interruption")
        if not self._saver.go_on(found):
            self.progress.best, self.progress.best_step = -1.0, 0
            self._warn(f"the weights {self._folder / BEST_WEIGHTS} are not those of the "
                       "checkpoint: the best are looked for again from here on")
        with self._store.write() as connection:
            for line in [*said, f"goes on from step {self.progress.step}"]:
                runs.log(connection, self._run, line)

    def _warn(self, text: str) -> None:
        with self._store.write() as connection:
            runs.log(connection, self._run, text, "warning")

    def run(self) -> None:
        """Train to the end, then evaluate on test.

        Raises:
            Stopped, NonFiniteLoss, StoreError: the checkpoint up to there is kept.
            CheckpointError: it cannot be written; what could be written before is kept.
        """
        with self._recorder as recorder, self._saver:
            try:
                train(
                    self._job, self.progress, recorder, self._after_epoch, self.checkpoint,
                    self._is_due,
                )
            except Stopped:
                self._saver.settle()  # whoever asked is told if the state could not be kept
                raise
            self._evaluate_test()
            self._saver.tidy()

    def interrupt(self) -> None:
        """Ask the training to end between two steps; safe to call from a signal handler."""
        self._recorder.request = run_queue.INTERRUPT

    def checkpoint(self, *, best: bool = False) -> None:
        """Keep the state of this moment; it is written while the training goes on.

        Args:
            best: whether these weights are the best so far.

        Raises:
            CheckpointError: the one before could not be written, and there is none before that.
        """
        self._saver.wait()
        self._saved_at = time.monotonic()
        if self._saver.step == self.progress.step:
            return
        epoch = self.progress.step // len(self._job.batches)
        self._ledger.set(step=self.progress.step, seconds=self.progress.seconds)
        self._saver.save(
            Snapshot.take(
                self._job.system, self._job.optimizer, self.progress, epoch, self._identity,
                self._ledger.snapshot(),
                None if self._job.average is None else self._job.average.state_dict(),
            ),
            best=best,
        )

    def _is_due(self) -> bool:
        minutes = self._job.spec.training.checkpoint_minutes
        return minutes > 0 and time.monotonic() - self._saved_at >= 60 * minutes

    def _after_epoch(self) -> None:
        job, progress, is_best = self._job, self.progress, False
        self._calibrate()
        if len(job.validation):
            values = self._evaluate("val", job.validation)
            for name, value in values.items():
                self._ledger.add_validation(f"val/{name}", progress.step, value)
            for name, value in self._averaged(job.validation).items():
                self._ledger.add_validation(f"val/{name}/{EMA}", progress.step, value)
            if values[SELECT_BY] > progress.best:
                progress.best, progress.best_step = values[SELECT_BY], progress.step
                is_best = True
        self.checkpoint(best=is_best)

    def _evaluate_test(self) -> None:
        """Test numbers of the last weights and, chosen by validation only, of the best."""
        job, progress = self._job, self.progress
        self._saver.settle_best()
        self._save_last_weights()
        last = self._evaluate("test", job.test)
        self._keep_curves("last", progress.step)
        for name, value in self._averaged(job.test).items():
            self._ledger.add_outcome(f"test/{name}/{EMA}", *[(progress.step, value)] * 2)
        best, best_step = last, progress.step
        if progress.best_step not in (0, progress.step):
            weights = load_weights(self._folder / BEST_WEIGHTS, self._saver.best_sha256)
            job.system.load_state_dict(weights)
            best_step = progress.best_step
            best = self._evaluate("test", job.test, best_step)
            self._keep_curves("best", best_step)
        for name, value in last.items():
            self._ledger.add_outcome(
                f"test/{name}", (progress.step, value), (best_step, best[name])
            )
        memory = peak_memory_mib(job.device)
        self._ledger.add("system/peak_memory", [progress.step], [time.time()], [memory])
        self._ledger.set(seconds=progress.seconds, finished_at=time.time())

    def _evaluate(self, split: Split, images: Images, step: int | None = None) -> dict[str, float]:
        """Every metric of the network as it is, whose answers are kept for some epochs and test.

        Args:
            split: what the images are.
            images: that are looked at.
            step: of the weights, if they are not those of now.
        """
        job, step = self._job, step or self.progress.step
        logits_NK = logits_of(job.system.deployable(), images, job.normalise)
        epoch, epochs = step // len(job.batches), job.spec.training.epochs
        if split == "test" or epoch % math.ceil(epochs / PREDICTED_EPOCHS) == 0:
            try:
                save_predictions(
                    self._folder, split, step, predictions_of(logits_NK, images.labels_N)
                )
                if split == "test" and (
                    peers := peer_predictions(job.system, logits_NK, images, job.normalise)
                ):
                    save_peers(self._folder, step, peers)
            except OSError as error:
                if not self._warned:
                    self._warn(f"what the network says of each image is not kept: {error.strerror}")
                self._warned = True
        return score(logits_NK, images.labels_N, job.metrics)

    def _averaged(self, images: Images) -> dict[str, float]:
        """Every metric of the averaged weights; none where they are not averaged."""
        job = self._job
        if job.average is None:
            return {}
        network = job.average.networks[0]
        assert isinstance(network, Backbone)
        return score(logits_of(network, images, job.normalise), images.labels_N, job.metrics)

    def _calibrate(self) -> None:
        """Take the statistics of what is evaluated, kept and may ship, where training does not."""
        average = self._job.average
        for network in (self._job.system.deployable(), *(average.networks[:1] if average else ())):
            if isinstance(network, Backbone) and network.needs_calibration:
                network.calibrate(self._job.batches.clean(CALIBRATION_IMAGES))

    def _keep_curves(self, weights: str, step: int) -> None:
        """Keep what a dynamic network reaches at which cost, with the weights it has now."""
        job = self._job
        height, width = job.data.test.images_NHWC.shape[1:3]
        curves = cost_curves(
            job.system.deployable(), job.validation, job.test, job.normalise, (height, width)
        )
        for curve in curves:
            path = self._folder / f"{curve.kind}-{weights}.json"
            facts = {**curve.to_json(), "weights": weights, "step": step}
            path.write_text(json.dumps(facts), encoding="utf-8")
            self._keep("curve", path, facts)

    def _save_last_weights(self) -> None:
        state: dict[str, Tensor] = self._job.system.state_dict()
        files = {LAST_WEIGHTS: state}
        if self._job.average is not None:
            files[EMA_WEIGHTS] = self._job.average.within(state)
        for name, weights in files.items():
            path = self._folder / name
            write_weights(path, {key: tensor.detach().cpu() for key, tensor in weights.items()})
            self._keep("weights", path, {"step": self.progress.step}, file_sha256(path))

    def _keep(
        self, kind: str, path: Path, facts: dict[str, Any], sha256: str = ""
    ) -> None:
        self._ledger.keep_file(
            kind, path, step=self.progress.step, num_bytes=path.stat().st_size, sha256=sha256,
            facts=facts,
        )
