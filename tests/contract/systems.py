"""Training systems for contract tests: every method, on a small network of every family."""

from functools import cache

import torch

from engine.methods.method import Setting
from engine.registry import entries, lookup
from engine.spec.card import objections
from engine.training.streams import AUXILIARY, BACKBONE, Streams
from tests.batches import batch_for

NUM_CLASSES, NUM_IMAGES = 10, 6
METHODS = [entry.card.name for entry in entries("method")]
# Options without which a method cannot be built.
NEEDED = {"kd": {"teacher": "run:1"}, "tf_kd_self": {"teacher": "run:1"}}
ELSEWHERE = ("tv_", "timm_")
SMALL_OF_TORCHVISION = "tv_shufflenet_v2_x0_5"


def make_backbone(name, device="cpu"):
    entry = lookup("backbone", name)
    with torch.device(device):
        return entry.make(NUM_CLASSES, 3, entry.parse_options({}))


@cache
def families():
    """A small network of every family: the first that is registered."""
    found = {"torchvision": SMALL_OF_TORCHVISION}
    for entry in entries("backbone"):
        if not entry.card.name.startswith(ELSEWHERE):
            found.setdefault(entry.card.facts["family"], entry.card.name)
    return found


def refused(method, backbone):
    """Why a method is not for a backbone; empty where it is."""
    return objections([lookup("method", method).card, lookup("backbone", backbone).card])


def make_teacher_like(backbone, num_classes=NUM_CLASSES):
    """A function that makes a teacher of the same architecture, whatever it is asked for."""

    def make_teacher(*_):
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(7)
            entry = lookup("backbone", backbone)
            teacher = entry.make(num_classes, 3, entry.parse_options({}))
        return teacher.eval().requires_grad_(False)

    return make_teacher


def make_system(method, options, backbone, seed=0):
    streams = Streams(seed)

    def network(peer, name=""):
        with streams.seeded(BACKBONE, peer):
            return make_backbone(name or backbone)

    entry = lookup("method", method)
    setting = Setting(
        NUM_CLASSES, network, lambda peer: streams.seeded(AUXILIARY, peer), NUM_IMAGES,
        make_teacher_like(backbone),
    )
    return entry.make(setting, entry.parse_options({**NEEDED.get(method, {}), **options}))


def images_and_labels(step=0):
    generator = torch.Generator().manual_seed(step)
    x = torch.randn(NUM_IMAGES, 3, 8, 8, generator=generator)
    return x, torch.randint(NUM_CLASSES, (NUM_IMAGES,), generator=generator)


def train(system, num_steps=2):
    """Some steps of SGD; returns the terms of each."""
    system.train()
    learning = [p for p in system.parameters() if p.requires_grad]
    optimizer = torch.optim.SGD(learning, lr=0.01, momentum=0.9, nesterov=True)
    trace = []
    for step in range(num_steps):
        torch.manual_seed(step)  # what dropout and gates draw from
        batch = batch_for(system, *images_and_labels(step), step, step=step)
        optimizer.zero_grad()
        loss = system.loss(batch)
        loss.total.backward()
        optimizer.step()
        system.after_step(batch, loss)
        trace.append({name: term.item() for name, term in loss.terms.items()})
    return trace
