"""A training loop without anything around it: what a worker's memory is held against."""

from pathlib import Path

import numpy as np
import table  # noqa: F401 - before torch, see there
import torch
import torch.nn.functional as F
from torch import Tensor

from engine.backbones.resnet import BasicBlock, resnet
from engine.training.device import peak_memory_mib

SHIFT, EVALUATION_BATCH = 4, 500


def peak_mib(folder: Path, threads: int, batch: int, num_images: int, epochs: int) -> float:
    """Train ResNet-18 on the files of CIFAR-10 in a folder, and evaluate it after each epoch."""
    torch.set_num_threads(threads)
    images_NHWC, labels_N = read([folder / f"data_batch_{i}.bin" for i in range(1, 6)])
    test_NHWC, test_N = read([folder / "test_batch.bin"])
    network = resnet(10, 3, (64, 128, 256, 512), (2, 2, 2, 2), BasicBlock, stem_width=64)
    network.to(memory_format=torch.channels_last)
    optimizer = torch.optim.SGD(network.parameters(), 0.1, 0.9, weight_decay=5e-4, nesterov=True)
    for _ in range(epochs):
        network.train()
        for index_B in torch.randperm(len(labels_N))[:num_images].split(batch):
            x_BCHW = normalised(shifted(images_NHWC[index_B]))
            loss = F.cross_entropy(network(x_BCHW), labels_N[index_B])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        network.eval()
        with torch.inference_mode():
            for x_BHWC, y_B in zip(
                test_NHWC.split(EVALUATION_BATCH), test_N.split(EVALUATION_BATCH), strict=True
            ):
                (network(normalised(x_BHWC)).argmax(1) == y_B).sum().item()
    return peak_memory_mib(torch.device("cpu"))


def read(files: list[Path]) -> tuple[Tensor, Tensor]:
    """Images (N, H, W, C) uint8 and labels (N,)."""
    records = np.concatenate([np.fromfile(f, np.uint8).reshape(-1, 3073) for f in files])
    planes_NCHW = records[:, 1:].reshape(-1, 3, 32, 32)
    images_NHWC = np.ascontiguousarray(planes_NCHW.transpose(0, 2, 3, 1))
    return torch.from_numpy(images_NHWC), torch.from_numpy(records[:, 0].astype(np.int64))


def shifted(images_BHWC: Tensor) -> Tensor:
    """Each batch is shifted as a whole and mirrored, which takes as much room as one by one."""
    down, right = torch.randint(-SHIFT, SHIFT + 1, (2,)).tolist()
    return images_BHWC.roll((down, right), (1, 2)).flip(2)


def normalised(images_BHWC: Tensor) -> Tensor:
    """Pixels to (B, C, H, W) float32, channels last in memory."""
    return (images_BHWC.float() / 255 - 0.47).div_(0.25).permute(0, 3, 1, 2)
