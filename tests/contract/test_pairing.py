"""Runs that differ in method alone start from one network and see the same images.

Whatever a method draws (noise, auxiliary weights, dropout) must leave this as it is, so that runs
can be compared seed by seed.
"""

from contextlib import nullcontext

import pytest
import torch

from engine.build import make_backbone, make_job
from engine.spec.options import parse
from engine.spec.run_spec import BackboneSpec, RunSpec
from engine.training.loop import make_batch, update
from tests.contract.systems import METHODS, NEEDED, refused

BACKBONES = {
    method: "slimmable_resnet20" if refused(method, "resnet8") else "resnet8" for method in METHODS
}
NUM_EPOCHS = 2


@pytest.fixture(autouse=True)
def _one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def seen_and_started(method, workspace, seed, backbone="resnet8"):
    """Initial weights of the network that ships, and every batch of a training."""
    table = {
        "dataset": {"name": "digits", "train_images": 40, "augmentation": "crop_flip"},
        "training": {"epochs": NUM_EPOCHS, "batch_size": 16, "threads": 1, "device": "cpu"},
        "method": {"name": method, "options": NEEDED.get(method, {})}, "seed": seed,
        "backbone": {"name": backbone},
    }
    job = make_job(
        parse(RunSpec, table, "spec"), workspace,
        make_teacher=lambda _, classes, channels: make_backbone(
            BackboneSpec(name=backbone), classes, channels
        ).eval(),
    )
    start = {name: value.clone() for name, value in job.system.deployable().state_dict().items()}
    batches = []
    for epoch in range(NUM_EPOCHS):
        for drawn in job.batches.epoch(epoch):
            step = len(batches)
            batches.append((drawn.views[0], drawn.y_B))
            batch = make_batch(job, drawn, step, torch.default_generator)
            update(job, batch, nullcontext())
    return start, batches, [job.validation.labels_N, job.test.labels_N]


@pytest.mark.parametrize("method", METHODS)
def test_that_every_method_starts_from_the_same_network_and_sees_the_same_images(
    method, workspace
):
    torch.manual_seed(1)
    start, batches, held = seen_and_started("plain", workspace, 3, BACKBONES[method])
    torch.manual_seed(2)
    other_start, other_batches, other_held = seen_and_started(
        method, workspace, 3, BACKBONES[method]
    )
    assert start.keys() == other_start.keys()
    assert all(torch.equal(start[name], other_start[name]) for name in start)
    assert len(batches) == NUM_EPOCHS * 2
    for (x, y), (other_x, other_y) in zip(batches, other_batches, strict=True):
        assert torch.equal(x, other_x)
        assert torch.equal(y, other_y)
    assert all(torch.equal(a, b) for a, b in zip(held, other_held, strict=True))


def test_that_another_seed_means_another_start_and_order_but_the_same_held_out_images(workspace):
    start, batches, held = seen_and_started("plain", workspace, seed=3)
    other_start, other_batches, other_held = seen_and_started("plain", workspace, seed=4)
    assert not torch.equal(start["head.weight"], other_start["head.weight"])
    assert not torch.equal(batches[0][0], other_batches[0][0])
    assert all(torch.equal(a, b) for a, b in zip(held, other_held, strict=True))
