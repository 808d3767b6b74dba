import json

import numpy as np
import onnx
import pytest
import torch
from torch import nn

from engine.backbones.backbone import count_parameters
from engine.backbones.early_exit import ExitHead, MultiExit
from engine.backbones.flops import exit_multiply_adds
from engine.build import make_backbone, make_system
from engine.exports.bundle import write_bundle
from engine.exports.part import (
    all_exits,
    most_common_path,
    one_exit,
    one_path,
    part_again,
    reparameterized,
    whole,
)
from engine.exports.proof import held_out
from engine.exports.serve import Bundle
from engine.exports.shipment import Shipment
from engine.methods.method import Setting
from engine.methods.plain import Plain
from engine.spec.errors import ExportError
from engine.spec.options import Options
from engine.spec.run_spec import BackboneSpec, MethodSpec, RunSpec
from engine.training.data import Images, Normalise
from engine.training.streams import Streams

NUM_CLASSES, SIZE = 4, 8
BUDGETED = {
    "thresholds": [[0.9, 0.0]], "cost": [2e6], "shares": [[0.6, 0.4]], "top1": [50.0],
}


class TwoExits(MultiExit):
    """As small as such a network can be: ONNX takes seconds to write a larger one."""

    def __init__(self):
        pool = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())
        super().__init__(NUM_CLASSES, 3, (4, 8), [ExitHead(pool, d, NUM_CLASSES) for d in (4, 8)])
        self.layers = nn.ModuleList([nn.Conv2d(3, 4, 3), nn.Conv2d(4, 8, 3)])

    def exit_maps(self, x_BCHW):
        for layer in self.layers:
            x_BCHW = layer(x_BCHW).relu()
            keep_N = yield x_BCHW
            x_BCHW = x_BCHW if keep_N is None else x_BCHW[keep_N]

    def end_at(self, stage):
        self.layers = self.layers[: stage + 1]


def shipment(backbone_name, method="plain"):
    backbone = BackboneSpec(name=backbone_name)
    system = make_system(MethodSpec(name=method), backbone, NUM_CLASSES, 3, Streams(0))
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (40, SIZE, SIZE, 3), dtype=np.uint8)
    test = Images(pixels, rng.integers(0, NUM_CLASSES, 40), None, torch.device("cpu"))
    return Shipment(
        run=1, name="r", spec=RunSpec(backbone=backbone), step=1, weights="last",
        system=system.eval(), blank=lambda: make_backbone(backbone, NUM_CLASSES, 3),
        classes=tuple("abcd"), image_shape=(SIZE, SIZE, 3), results={},
        test=test, training=test,
        normalise=Normalise((0.5,) * 3, (0.25,) * 3),
    )


def with_part(ship, part):
    return Shipment(**{**vars(ship), "part": part})


def inputs(ship):
    return ship.normalise(ship.test.take(torch.arange(40))[0]).contiguous()


def export(ship, formats, folder, *names):
    return write_bundle(ship, formats(*names), folder, lambda *_: None)


@pytest.mark.long
@pytest.mark.parametrize(
    ("backbone", "number"), [("msdnet_anytime_4", 1), ("slimmable_resnet20", 3)]
)
def test_that_one_exit_ships_as_a_plain_network_equal_to_the_exit(
    backbone, number, formats, tmp_path
):
    ship = shipment(backbone, "sila")
    network = ship.system.deployable()
    part = one_exit(network, number, SIZE)
    certificate = export(with_part(ship, part), formats, tmp_path / "b", "safetensors")
    form = formats("safetensors")["safetensors"]
    opened = form.open(tmp_path / "b" / form.file_name, lambda: part.cut(ship.blank()))
    [got] = opened.predict(inputs(ship).numpy())
    with torch.no_grad():
        expected = network.features(inputs(ship)).logits[number - 1].numpy()
    assert np.abs(got - expected).max() <= 1e-5
    alone = count_parameters(network.subnet(number - 1))
    assert certificate["params_deployed"] == alone < count_parameters(network)
    assert certificate["params_removed"] == sum(certificate["removed_modules"].values()) > 0
    assert certificate["part"]["params_left_out"] == count_parameters(network) - alone
    readme = (tmp_path / "b" / "README.md").read_text(encoding="utf-8")
    assert certificate["part"]["recipe"] == f"network.subnet({number - 1})"
    names = {"msdnet_anytime_4": f"exit {number} of 4",
             "slimmable_resnet20": f"width {number / 4:g} ×"}
    assert certificate["part"]["name"] == names[backbone]
    assert certificate["part"]["multiply_adds"] > 0
    assert f"Multiply-adds of an image: {certificate['part']['multiply_adds']:,}." in readme
    assert names[backbone] in readme


@pytest.mark.long
def test_that_all_exits_ship_in_one_graph_with_thresholds_and_costs(formats, tmp_path):
    torch.manual_seed(0)
    system = Plain(Setting(NUM_CLASSES, lambda peer, name="": TwoExits(), None), Options())
    ship = Shipment(**{**vars(shipment("resnet8")), "system": system.eval(), "blank": TwoExits})
    network = system.deployable()
    part = all_exits(network, SIZE, BUDGETED)
    certificate = export(with_part(ship, part), formats, tmp_path / "b", "onnx")
    path = tmp_path / "b" / "model.onnx"
    model = onnx.load(path)
    assert [out.name for out in model.graph.output] == [f"logits_{k}" for k in (1, 2)]
    facts = json.loads({e.key: e.value for e in model.metadata_props}["sila"])
    assert facts["multiply_adds"] == list(exit_multiply_adds(network, SIZE))
    assert facts["leave_early"] == [{
        "thresholds": [0.9, 0.0], "expected_multiply_adds": 2e6, "exit_shares": [0.6, 0.4],
        "test_top1": 50.0,
    }]
    proof = certificate["formats"]["onnx"]
    assert proof["test_top1_of_outputs"][-1] == proof["test_top1"]
    assert len(proof["test_top1_of_outputs"]) == 2
    got = formats("onnx")["onnx"].open(path, ship.blank).predict(inputs(ship)[:3].numpy())
    with torch.no_grad():
        expected = network.features(inputs(ship)[:3]).logits
    assert all(np.abs(a - b.numpy()).max() <= 1e-4 for a, b in zip(got, expected, strict=True))
    assert proof["top1_agreement"] == 1.0
    assert Bundle(tmp_path / "b").labels == list("abcd")


def test_that_the_most_common_path_ships_proved_on_the_images_that_take_it(formats, tmp_path):
    ship = shipment("aig_resnet20")
    network = ship.system.deployable()
    with torch.no_grad():
        path = most_common_path(network, inputs(ship))
        taken = (network.gates(inputs(ship)) == torch.tensor(path)).all(1)
    part = one_path(network, path, SIZE)
    certificate = export(with_part(ship, part), formats, tmp_path / "b", "safetensors")
    assert certificate["formats"]["safetensors"]["num_images"] == int(taken.sum()) > 0
    assert certificate["part"]["path"] == "".join(str(int(block)) for block in path)


def test_that_a_path_ships_whose_images_come_after_those_of_other_paths(formats, tmp_path):
    torch.manual_seed(0)
    ship = shipment("aig_resnet20")
    network = ship.system.deployable()
    for gate in network.gating.each[:2]:  # so that they look at the image
        nn.init.normal_(gate.head.weight)
        nn.init.zeros_(gate.head.bias)
    with torch.no_grad():
        path = most_common_path(network, inputs(ship))
        taken = (network.gates(inputs(ship)) == torch.tensor(path)).all(1)
    assert 1 < int(taken.sum()) <= 36
    order = torch.argsort(taken.int(), stable=True).numpy()
    pixels, labels = ship.test.take(torch.from_numpy(order))
    images = Images(pixels.numpy(), labels.numpy(), None, torch.device("cpu"))
    part = one_path(network, path, SIZE)
    ship = Shipment(**{**vars(ship), "part": part, "test": images})
    certificate = export(ship, formats, tmp_path / "b", "safetensors")
    proof = certificate["formats"]["safetensors"]
    assert (proof["num_images"], proof["top1_agreement"]) == (int(taken.sum()), 1.0)
    card = (tmp_path / "b" / "README.md").read_text(encoding="utf-8")
    assert f"on the {int(taken.sum())} of {len(images)} test images that take this path" in card
    assert "exactly as many as this part of the plain backbone has" in card
    assert len(held_out(ship, 2).rows_N) == 2  # of those that take it, not of all


def test_that_a_path_that_no_image_takes_is_not_exported(formats, tmp_path):
    ship = shipment("aig_resnet20")
    network = ship.system.deployable()
    with torch.no_grad():
        taken = {tuple(row) for row in network.gates(inputs(ship)).tolist()}
    length = len(next(iter(taken)))
    free = next(p for p in ((True,) * length, (False,) * length) if p not in taken)
    said = r"^no test image takes the path of \d+ of 9 blocks: nothing to prove"
    with pytest.raises(ExportError, match=said):
        export(with_part(ship, one_path(network, free, SIZE)), formats, tmp_path / "b",
               "safetensors")
    assert list(tmp_path.iterdir()) == []


def test_that_folded_branches_ship_with_fewer_parameters_and_the_same_answers(formats, tmp_path):
    ship = shipment("repvgg_a0")
    part = reparameterized(ship.system.deployable())
    certificate = export(with_part(ship, part), formats, tmp_path / "b", "safetensors")
    assert certificate["params_deployed"] < count_parameters(ship.blank())
    assert certificate["params_removed"] == 0
    assert certificate["part"]["params_left_out"] > 0
    assert certificate["formats"]["safetensors"]["top1_agreement"] == 1.0


@pytest.mark.parametrize(("backbone", "make"), [
    ("resnet8", lambda network: whole()),
    ("slimmable_resnet20", lambda network: one_exit(network, 2, SIZE)),
    ("slimmable_resnet20", lambda network: all_exits(network, SIZE)),
    ("aig_resnet20", lambda network: one_path(network, [True, False, True] * 3, SIZE)),
    ("repvgg_a0", reparameterized),
])
def test_that_a_part_is_found_again_by_what_a_certificate_says(backbone, make):
    network = make_backbone(BackboneSpec(name=backbone), NUM_CLASSES, 3)
    part = make(network)
    again = part_again({"name": part.name, **part.facts}, network, SIZE)
    assert (again.name, again.facts, again.recipe) == (part.name, part.facts, part.recipe)


def test_that_a_part_of_a_network_that_has_none_is_refused_in_one_line():
    network = shipment("resnet8").system.deployable()
    for make in (
        lambda: one_exit(network, 1, SIZE), lambda: all_exits(network, SIZE),
        lambda: one_path(network, [True], SIZE), lambda: most_common_path(network, None),
        lambda: reparameterized(network),
    ):
        with pytest.raises(ExportError, match=r"^this network [^\n]*: it ships whole$"):
            make()
    assert whole().is_whole


@pytest.mark.parametrize("number", [0, 5, 99])
def test_that_an_exit_that_is_not_there_is_refused(number):
    with pytest.raises(ExportError, match="exits 1 to 4"):
        one_exit(shipment("msdnet_anytime_4").system.deployable(), number, SIZE)
