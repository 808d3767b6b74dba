"""Everything that one training needs, built and on its device."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch

from engine.backbones.flops import rough_multiply_adds
from engine.datasets.dataset import ImageData
from engine.methods.method import Method
from engine.regularizers.regularizer import Regularizer
from engine.spec.run_spec import RunSpec
from engine.training.average import RunningAverage
from engine.training.data import Images, Normalise, TrainingBatches
from engine.training.device import choose_threads
from engine.training.evaluate import Metric
from engine.training.streams import Streams


@dataclass(frozen=True)
class Job:
    """One run, ready to train.

    Attributes:
        spec: what it is.
        data: the dataset that was read.
        system: the method with peers and auxiliary modules.
        optimizer: over all of the system's parameters.
        batches: training images.
        validation: held-out part of the training images; may be empty.
        test: test images.
        normalise: pixels to network input.
        metrics: evaluation metrics by name.
        streams: random streams of the run's seed.
        regularizers: what changes images and labels before the method sees them, in order.
        average: of its networks' weights, if the recipe asks for one.
        notes: what the user should know of how it was built, a line each.
    """

    spec: RunSpec
    data: ImageData
    system: Method
    optimizer: torch.optim.Optimizer
    batches: TrainingBatches
    validation: Images
    test: Images
    normalise: Normalise
    metrics: Mapping[str, Metric]
    streams: Streams
    regularizers: Sequence[Regularizer] = ()
    average: RunningAverage | None = None
    notes: Sequence[str] = ()

    @property
    def device(self) -> torch.device:
        """Where it trains."""
        return self.batches.images.device

    @property
    def num_steps(self) -> int:
        """Optimiser updates of the whole training."""
        return self.spec.training.epochs * len(self.batches)

    def take_threads(self, parallel_runs: int) -> None:
        """Let torch use as many CPU threads as this run is to have beside others."""
        work = self.work() if self.device.type == "cpu" else None
        torch.set_num_threads(choose_threads(self.spec.training, parallel_runs, work))

    def work(self) -> int:
        """Roughly the multiply-adds of a forward of a batch."""
        x_1CHW = self.normalise(self.test.take(torch.tensor([0]))[0])
        return rough_multiply_adds(self.system.deployable(), x_1CHW) * self.batches.batch_size
