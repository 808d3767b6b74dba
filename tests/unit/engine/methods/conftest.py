from dataclasses import replace

import pytest
import torch

from engine.backbones.msdnet import MSDNet
from engine.backbones.resnet import resnet
from engine.methods.method import Setting
from engine.training.streams import AUXILIARY, BACKBONE, Streams
from tests.batches import make_batch

NUM_CLASSES = 10


@pytest.fixture(autouse=True)
def _one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def setting():
    """A setting around ResNet-8, every part initialised from its own stream."""
    streams = Streams(0)

    def make_backbone(peer, name=""):
        with streams.seeded(BACKBONE, peer):
            return resnet(NUM_CLASSES, 3, (16, 32, 64), num_blocks=1)

    return Setting(NUM_CLASSES, make_backbone, lambda peer: streams.seeded(AUXILIARY, peer))


@pytest.fixture
def setting_of_exits(setting):
    """The setting around a network with two exits."""
    streams = Streams(0)

    def make_backbone(peer, name=""):
        with streams.seeded(BACKBONE, peer):
            return MSDNet(NUM_CLASSES, 3, (2, 1))

    return replace(setting, make_backbone=make_backbone)


@pytest.fixture
def noise():
    return torch.Generator().manual_seed(0)


@pytest.fixture
def batch(noise):
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(12, 3, 8, 8, generator=generator)
    return make_batch(x, torch.randint(NUM_CLASSES, (12,), generator=generator), noise)


@pytest.fixture
def reached():
    """A function: which named parameters a term's gradient reaches."""

    def names(system, term):
        system.zero_grad(set_to_none=True)
        term.backward(retain_graph=True)
        return {n for n, p in system.named_parameters() if p.grad is not None and p.grad.any()}

    return names


@pytest.fixture
def train(batch):
    """A function: some steps of SGD; returns the total loss of each."""

    def steps(system, num_steps=3):
        optimizer = torch.optim.SGD(
            system.parameters(), lr=0.05, momentum=0.9, nesterov=True, weight_decay=5e-4
        )
        totals = []
        for step in range(num_steps):
            optimizer.zero_grad()
            own = make_batch(batch.x_BCHW, batch.targets.y_B, step, step=step)
            total = system.loss(own).total
            total.backward()
            optimizer.step()
            totals.append(total.item())
        return totals

    return steps
