"""What leaves the studio is the plain backbone: every method with every family in every format.

By default one method of each kind and one network of each kind are written, in the format that is
quickest; one network in all formats is long; the rest, which takes more than an hour, is slow.
"""

from dataclasses import replace

import numpy as np
import pytest
import torch

from engine.backbones.backbone import count_parameters
from engine.build import make_backbone, make_system
from engine.chores.rebuild import check_training
from engine.exports import latency, proof
from engine.exports.bundle import write_bundle
from engine.exports.folded import fold_batch_norms, foldable
from engine.exports.part import all_exits
from engine.exports.plain_file import write_plain
from engine.exports.shipment import Shipment
from engine.registry import entries, lookup
from engine.spec.run_spec import BackboneSpec, MethodSpec, RunSpec
from engine.training.data import Images, Normalise
from engine.training.streams import Streams
from tests.batches import batch_for
from tests.contract.systems import METHODS, NEEDED, families, make_teacher_like, refused

FORMATS = tuple(
    entry.card.name for entry in entries("export")
    if entry.card.facts.get("outputs") != "several"  # those need all of a network's exits
    and not entry.card.install_line
)
LIGHT, EARLY = ("safetensors",), "onnx_early_exit"
FOLDED_FAMILIES = (
    "resnet20", "preact_resnet18", "densenet_bc_40_12", "mobilenet_v2_x0_5_chenyaofo", "vgg8",
    "shufflenet_v2_x0_5_chenyaofo", "seresnet18", "efficientnet_b0", "repvgg_a0",
    "msdnet_anytime_4", "aig_resnet20", "resnext29_32x4d",
)
"""Norms behind convolutions, before them, in branches, in blocks that some images skip."""
QUICK = {
    ("plain", "resnet8"): LIGHT, ("sila", "resnet8"): LIGHT, ("sila_dml", "resnet8"): LIGHT,
    ("byot", "resnet8"): LIGHT, ("dks", "slimmable_resnet20"): LIGHT,
    ("dml", "aig_resnet20"): LIGHT, ("kd", "resnet8_a"): FORMATS,
}
"""Written by default: the network alone, heads, peers, exits, widths, paths; a teacher."""
NUM_CLASSES, SHAPE = 10, (8, 8, 3)
TOLERANCE, ROUGHLY = 1e-4, 0.1


def all_cases():
    """(method, backbone, formats): the quick ones, and the product of all, marked slow."""
    for (method, backbone), formats in QUICK.items():
        marks = [pytest.mark.long] if formats == FORMATS else []
        yield pytest.param((method, backbone, formats), marks=marks)
    for backbone in families().values():
        for method in METHODS:
            if not refused(method, backbone):
                yield pytest.param((method, backbone, FORMATS), marks=pytest.mark.slow)


@pytest.fixture(scope="module")
def plain_files(tmp_path_factory):
    """Writes a plain backbone once for all methods: the cases of a family stand together."""
    held, kept = {}, []

    def write(form, plain, blank, _):
        network = kind(plain.network), plain.part.recipe
        if kept[:1] != [network]:
            held.clear()
            kept[:] = network, tmp_path_factory.mktemp("plain")
        if form.file_name not in held:
            held[form.file_name] = write_plain(form, plain, blank, kept[1])
        return held[form.file_name]

    return write


def kind(network):
    """What is alike in networks that are written alike."""
    return tuple((name, type(m), m.extra_repr()) for name, m in network.named_modules())


@pytest.fixture(autouse=True)
def _plain_once(request, monkeypatch):
    if request.node.get_closest_marker("slow"):
        monkeypatch.setattr(proof, "write_plain", request.getfixturevalue("plain_files"))


@pytest.fixture(autouse=True)
def _one_thread(monkeypatch):
    monkeypatch.setattr(latency, "TIMED_S", 0.0)
    monkeypatch.setattr(latency, "LEAST_CALLS", 3)
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
        teacher=backbone if method in NEEDED else None,
    )


def assert_alike(got, expected, form, largest):
    """By the largest difference; of integers, rounded layer after layer, by the usual one.

    `largest` is the largest logit of all images, by which integers are scaled.
    """
    if form.is_exact:
        assert np.abs(got - expected).max() <= TOLERANCE * max(1.0, np.abs(expected).max())
    else:
        assert np.sqrt(np.mean((got - expected) ** 2)) <= ROUGHLY * max(1.0, largest)


@pytest.mark.parametrize("case", list(all_cases()), ids=label)
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
        predict = form.open(tmp_path / "bundle" / form.file_name, ship.blank).predict
        for some in (slice(0, 12), slice(3, 4)):  # any batch size
            [got] = predict(x[some].numpy())
            assert got.shape == expected[some].shape
            assert_alike(got, expected[some], form, np.abs(expected).max())
        proved = certificate["formats"][name]
        if form.is_exact:
            assert proved["top1_agreement"] == 1.0
            assert proved["max_rel_logit_diff"] <= TOLERANCE

    plain = count_parameters(ship.blank())
    assert certificate["params_deployed"] == plain
    assert certificate["params_training"] == count_parameters(ship.system)
    assert certificate["params_removed"] == sum(certificate["removed_modules"].values())
    assert certificate["params_removed"] == certificate["params_training"] - plain
    check_training(certificate)  # as it would be built again elsewhere, from the certificate alone


@pytest.mark.parametrize("family", FOLDED_FAMILIES)
@torch.no_grad()
def test_that_folded_batch_norms_change_no_answer(family):
    torch.manual_seed(0)
    network = make_backbone(BackboneSpec(name=family), NUM_CLASSES, SHAPE[2]).eval()
    norms = [norm for norm in network.modules() if isinstance(norm, torch.nn.BatchNorm2d)]
    for norm in norms:  # as if it had been trained
        norm.running_mean.normal_(0, 0.1)
        norm.running_var.uniform_(0.8, 1.2)
        norm.weight.uniform_(0.8, 1.2)
        norm.bias.normal_(0, 0.1)
    x = torch.randn(4, SHAPE[2], *SHAPE[:2])
    pairs = foldable(network, x)
    assert 0 < len(pairs) <= len(norms)
    made, expected = fold_batch_norms(network, pairs), network(x)
    assert (made(x) - expected).abs().max() <= TOLERANCE * max(1.0, float(expected.abs().max()))
    held = dict(network.named_modules())
    fewer = sum(
        held[norm].num_features * (2 if held[conv].bias is not None else 1)
        for conv, norm in pairs.items()
    )
    assert count_parameters(made) == count_parameters(network) - fewer


def exit_cases():
    """The same of networks with exits, all of which ship; to trace them takes long."""
    for backbone in families().values():
        for method in METHODS:
            has_exits = "exits" in lookup("backbone", backbone).card.traits
            if has_exits and not refused(method, backbone):
                yield method, backbone, (*FORMATS, EARLY)


@pytest.mark.slow
@pytest.mark.parametrize("case", list(exit_cases()), ids=label)
def test_that_all_exits_are_written_and_answer_like_those_that_were_trained(case, tmp_path):
    method, family, names = case
    ship = shipment(method, family)
    part = all_exits(ship.network, SHAPE[0])
    ship = replace(ship, part=part)
    formats = {n: (entry := lookup("export", n)).make(entry.parse_options({})) for n in names}
    certificate = write_bundle(ship, formats, tmp_path / "bundle", lambda *_: None)
    assert certificate["not_written"] == {}
    x = ship.normalise(ship.test.take(torch.arange(12))[0]).contiguous()
    with torch.no_grad():
        expected = [each.numpy() for each in ship.answer(x)]
    assert len(expected) == len(part.outputs) > 2
    for form in formats.values():
        got = form.open(tmp_path / "bundle" / form.file_name, ship.blank_part).predict(x.numpy())
        for one, other in zip(got, expected, strict=True):
            assert_alike(one, other, form, np.abs(other).max())


def test_that_every_format_takes_part_and_every_method_and_family_fits_something():
    several = {
        entry.card.name for entry in entries("export")
        if entry.card.facts.get("outputs") == "several"
    }
    absent = {entry.card.name for entry in entries("export") if entry.card.install_line}
    assert several == {EARLY}
    assert {entry.card.name for entry in entries("export")} == {*FORMATS, EARLY, *absent}
    assert absent <= {"openvino", "executorch"}
    fitting = {(m, b) for m in METHODS for b in families().values() if not refused(m, b)}
    assert {method for method, _ in fitting} == set(METHODS)
    assert {backbone for _, backbone in fitting} == set(families().values())
