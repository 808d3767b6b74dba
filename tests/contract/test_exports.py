"""What leaves the studio is the plain backbone: every method, family and export format.

A file sees nothing but the stripped network, so every method is exported from one small network,
and every family by one method, each time another: by default one method and one family of each
kind, in the slow set all of them.
"""

import itertools

import numpy as np
import pytest
import torch

from engine.backbones.backbone import count_parameters
from engine.build import make_backbone, make_system
from engine.exports import proof
from engine.exports.bundle import write_bundle
from engine.exports.shipment import Shipment
from engine.registry import entries, lookup
from engine.spec.run_spec import BackboneSpec, MethodSpec, RunSpec
from engine.training.data import Images, Normalise
from engine.training.streams import Streams
from tests.batches import batch_for
from tests.contract.systems import METHODS, NEEDED, families, make_teacher_like, refused

KINDS = ("resnet8", "resnet8_a", "msdnet_anytime_4", "slimmable_resnet20", "aig_resnet20")
BY_METHODS = ("resnet8", "msdnet_anytime_4")  # which every method is written from
QUICK = "resnet8_a"  # to be written in all formats, which takes seconds
FORMATS = [
    entry.card.name for entry in entries("export")
    if entry.card.facts.get("outputs") != "several"  # those need all of a network's exits
]
LIGHT = ["safetensors"]
BY_DEFAULT = ("plain", "sila", "sila_dml", "byot")
"""Of each kind one: the network alone, heads, peers, exits; a teacher is in all formats."""
NUM_CLASSES, SHAPE = 10, (8, 8, 3)
TOLERANCE, ROUGHLY = 1e-4, 0.1


def all_cases():
    """(method, backbone, formats), the costly ones marked slow."""
    for method in METHODS:
        case = method, next(b for b in KINDS if not refused(method, b)), LIGHT
        yield pytest.param(case, marks=[] if method in BY_DEFAULT else [pytest.mark.slow])
    turns = itertools.cycle(METHODS)
    for backbone in dict.fromkeys([*KINDS, *families().values()]):
        method = next(m for m in turns if not refused(m, backbone))
        for formats, quick in ((LIGHT, {*KINDS} - {*BY_METHODS, QUICK}), (FORMATS, {QUICK})):
            marks = [] if backbone in quick else [pytest.mark.slow]
            yield pytest.param((method, backbone, formats), marks=marks)


CASES = list(all_cases())


@pytest.fixture(autouse=True)
def _one_thread(monkeypatch):
    monkeypatch.setattr(proof, "TIMED_S", 0.0)
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def label(case):
    method, family, formats = case
    return "-".join([method, family, *formats])


def shipment(method, family):
    """A training system after a step, and some images to hold its export against."""
    torch.manual_seed(0)
    backbone = BackboneSpec(name=family)
    spec = MethodSpec(name=method, options=NEEDED.get(method, {}))
    system = make_system(
        spec, backbone, NUM_CLASSES, SHAPE[2], Streams(0), num_images=6,
        make_teacher=make_teacher_like(family),
    )
    x, y = torch.randn(6, SHAPE[2], *SHAPE[:2]), torch.arange(6) % NUM_CLASSES
    optimizer = torch.optim.SGD([p for p in system.parameters() if p.requires_grad], lr=0.01)
    system.loss(batch_for(system, x, y)).total.backward()
    optimizer.step()
    pixels = np.random.default_rng(0).integers(0, 256, (12, *SHAPE), dtype=np.uint8)
    labels = np.arange(12, dtype=np.int64) % NUM_CLASSES
    images = Images(pixels, labels, None, torch.device("cpu"))
    return Shipment(
        run=1, name="r", spec=RunSpec(backbone=backbone, method=spec), step=1,
        weights="last", system=system.eval(),
        blank=lambda: make_backbone(backbone, NUM_CLASSES, SHAPE[2]),
        classes=tuple("abcdefghij"), test=images, training=images,
        image_shape=SHAPE, normalise=Normalise((0.5,) * 3, (0.25,) * 3), results={},
    )


@pytest.mark.parametrize("case", CASES, ids=lambda case: label(case))
def test_that_what_is_written_answers_like_the_network_that_was_trained(case, tmp_path):
    method, family, names = case
    ship = shipment(method, family)
    formats = {n: (entry := lookup("export", n)).make(entry.parse_options({})) for n in names}
    certificate = write_bundle(ship, formats, tmp_path / "bundle", lambda *_: None)

    x = ship.normalise(ship.test.take(torch.arange(12))[0]).contiguous()
    with torch.no_grad():
        expected = ship.system.deployable()(x).numpy()
    assert np.ptp(expected) > 1e-2  # not all the same: agreement means something
    for name, form in formats.items():
        tolerance = (TOLERANCE if form.is_exact else ROUGHLY) * max(1.0, np.abs(expected).max())
        predict = form.open(tmp_path / "bundle" / form.file_name, ship.blank).predict
        for some in (slice(0, 12), slice(3, 4)):  # any batch size
            [got] = predict(x[some].numpy())
            assert got.shape == expected[some].shape
            assert np.abs(got - expected[some]).max() <= tolerance
        proved = certificate["formats"][name]
        if form.is_exact:
            assert proved["top1_agreement"] == 1.0
            assert proved["max_rel_logit_diff"] <= TOLERANCE

    plain = count_parameters(ship.blank())
    assert certificate["params_deployed"] == plain
    assert certificate["params_training"] == count_parameters(ship.system)
    assert certificate["params_removed"] == sum(certificate["removed_modules"].values())
    assert certificate["params_removed"] == certificate["params_training"] - plain


def test_that_every_method_format_and_family_is_covered():
    cases = [case.values[0] for case in CASES]
    assert {name for _, _, names in cases for name in names} == set(FORMATS)
    assert {method for method, _, _ in cases} == set(METHODS)
    assert {backbone for _, backbone, _ in cases} >= set(families().values())
