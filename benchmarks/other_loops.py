"""The loops that ours is held against: what popular repositories and libraries train CIFAR with.

Each is given the network and the images, and takes blocks of steps. SGD, memory format and the
reading of the loss are as one finds them there.
"""

import importlib
import logging
import time
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import table  # noqa: F401 - before torch, see there
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset
from torchvision import transforms
from torchvision.transforms import v2

MEAN, STD = (0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616)
BATCH, LR = 128, 0.1
WARM = 1
"""Steps of a block before the clock starts."""

Pixels = NDArray[np.uint8]
Labels = NDArray[np.int64]


class Samples(Dataset[tuple[Tensor, int]]):
    """Images one by one, each through a transform; shown to it as PIL images or as tensors."""

    def __init__(self, images_NHWC: Pixels, labels_N: Labels, *, as_tensors: bool) -> None:
        crop = (32, 4)
        if as_tensors:
            self._shown: Any = torch.from_numpy(images_NHWC).permute(0, 3, 1, 2).contiguous()
            self._transform: Any = v2.Compose([
                v2.RandomCrop(*crop), v2.RandomHorizontalFlip(),
                v2.ToDtype(torch.float32, scale=True), v2.Normalize(list(MEAN), list(STD)),
            ])
        else:
            self._shown = images_NHWC
            self._transform = transforms.Compose([
                Image.fromarray, transforms.RandomCrop(*crop), transforms.RandomHorizontalFlip(),
                transforms.ToTensor(), transforms.Normalize(MEAN, STD),
            ])
        self._labels = labels_N.tolist()

    def __len__(self) -> int:
        return len(self._labels)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        return self._transform(self._shown[index]), self._labels[index]


def sgd(network: nn.Module) -> torch.optim.Optimizer:
    """The optimiser of the usual recipe."""
    return torch.optim.SGD(network.parameters(), LR, momentum=0.9, weight_decay=5e-4)


class Ordinary:
    """The loop of popular CIFAR repositories: DataLoader, default formats, `loss.item()`."""

    def __init__(
        self, network: nn.Module, samples: Samples,
        memory_format: torch.memory_format = torch.contiguous_format, workers: int = 0,
    ) -> None:
        self._network, self._optimizer = network.train(), sgd(network)
        self._format = memory_format
        self._loader = DataLoader(samples, BATCH, shuffle=True, num_workers=workers)
        self._warm = max(WARM, 3 * workers)  # what the workers read ahead is used up before

    def block(self, num_steps: int) -> float:
        """Take steps; returns the seconds of one."""
        batches = iter(self._loader)
        for _ in range(self._warm):
            self._step(batches)
        begun = time.perf_counter()
        for _ in range(num_steps):
            self._step(batches)
        return (time.perf_counter() - begun) / num_steps

    def _step(self, batches: Iterator[list[Tensor]]) -> None:
        x_BCHW, y_B = next(batches)
        self._optimizer.zero_grad()
        loss = F.cross_entropy(self._network(x_BCHW.to(memory_format=self._format)), y_B)
        loss.backward()
        self._optimizer.step()
        loss.item()


class Lightning:
    """PyTorch Lightning's `Trainer.fit`."""

    def __init__(self, network: nn.Module, samples: Samples) -> None:
        warnings.filterwarnings("ignore")
        library = self._library = importlib.import_module("lightning")
        logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
        self._loader = DataLoader(samples, BATCH, shuffle=True)

        class Module(library.LightningModule):
            def __init__(self) -> None:
                super().__init__()
                self.network = network

            def training_step(self, batch: list[Tensor], _: int) -> Tensor:
                x_BCHW, y_B = batch
                loss = F.cross_entropy(self.network(x_BCHW), y_B)
                self.log("loss", loss)
                return loss

            def configure_optimizers(self) -> torch.optim.Optimizer:
                return sgd(self)

        self._module = Module()

    def block(self, num_steps: int) -> float:
        """Fit for so many steps; returns the seconds of one."""
        ends: list[float] = []

        class Clock(self._library.Callback):
            def on_train_batch_end(self, *_: Any) -> None:
                ends.append(time.perf_counter())

        trainer = self._library.Trainer(
            max_steps=WARM + num_steps, accelerator="cpu", devices=1, callbacks=[Clock()],
            logger=False, enable_checkpointing=False, enable_model_summary=False,
            enable_progress_bar=False,
        )
        trainer.fit(self._module, self._loader)
        return (ends[-1] - ends[WARM - 1]) / num_steps


class Torchdistill:
    """torchdistill's training box, without a teacher."""

    def __init__(self, network: nn.Module, samples: Samples) -> None:
        logging.getLogger("torchdistill").setLevel(logging.ERROR)
        training = importlib.import_module("torchdistill.core.training")
        loader = {"dataset_id": "train", "kwargs": {"batch_size": BATCH, "num_workers": 0}}
        sampler = {"class_or_func": torch.utils.data.RandomSampler}
        loss = {
            "criterion": {"key": "CrossEntropyLoss", "kwargs": {}},
            "criterion_wrapper": {"key": "SimpleLossWrapper", "kwargs": {
                "input": {"is_from_teacher": False, "module_path": ".", "io": "output"},
                "target": {"uses_label": True},
            }},
            "weight": 1.0,
        }
        optimizer = {"lr": LR, "momentum": 0.9, "weight_decay": 5e-4}
        config = {
            "num_epochs": 1,
            "train_data_loader": {**loader, "sampler": sampler},
            "val_data_loader": {**loader, "sampler": sampler},
            "model": {
                "forward_proc": "forward_batch_only", "adaptations": {}, "sequential": [],
                "wrapper": None, "requires_grad": True, "frozen_modules": [],
                "forward_hook": {"input": [], "output": []},
            },
            "optimizer": {"key": "SGD", "kwargs": optimizer},
            "criterion": {
                "key": "WeightedSumLoss", "kwargs": {"sub_terms": {"cross_entropy": loss}}
            },
        }
        self._box = training.get_training_box(
            network, {"train": samples}, config, torch.device("cpu"), None, False, 1.0
        )

    def block(self, num_steps: int) -> float:
        """Take steps; returns the seconds of one."""
        self._box.pre_epoch_process(epoch=0)
        batches = iter(self._box.train_data_loader)
        begun = 0.0
        for number in range(WARM + num_steps):
            if number == WARM:
                begun = time.perf_counter()
            loss = self._box.forward_process(*next(batches))
            self._box.post_forward_process(loss=loss)
            loss.item()
        return (time.perf_counter() - begun) / num_steps
