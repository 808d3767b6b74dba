import copy
from dataclasses import replace

import numpy as np
import pytest
import torch

from engine.backbones.backbone import count_parameters
from engine.build import load_data, make_backbone, make_system
from engine.chores.export_choice import choose
from engine.chores.rebuild import check_training
from engine.exports import latency
from engine.exports.bundle import write_bundle
from engine.exports.ensemble import Ensemble
from engine.exports.shipment import Shipment
from engine.metrics.ece import ece
from engine.registry import lookup
from engine.spec.errors import ExportError
from engine.spec.run_spec import BackboneSpec, DatasetSpec, MethodSpec, RunSpec
from engine.spec.workspace import Workspace
from engine.training.data import Images, Normalise
from engine.training.streams import Streams
from tests.batches import make_batch

OTHER = BackboneSpec(name="resnet14")


@pytest.fixture(autouse=True)
def _timed_briefly(monkeypatch):
    monkeypatch.setattr(latency, "TIMED_S", 0.0)
    monkeypatch.setattr(latency, "LEAST_CALLS", 3)


@pytest.fixture(scope="module")
def shipment(tmp_path_factory):
    """Two peers, of which the second, a ResNet-14, has learned more; and validation images."""
    torch.manual_seed(0)
    options = {"peer_backbones": [OTHER.name]}
    spec = RunSpec(method=MethodSpec(name="dml", options=options))
    data = load_data(DatasetSpec(), Workspace(tmp_path_factory.mktemp("workspace")))
    system = make_system(spec.method, spec.backbone, 10, 1, Streams(0))
    cpu, normalise = torch.device("cpu"), Normalise(data.mean, data.std)
    train = Images(data.train.images_NHWC, data.train.labels_N, np.arange(1000), cpu)
    second = torch.optim.SGD(system.peers[1].parameters(), lr=0.05, momentum=0.9)
    for x, y in list(train.batches(64))[:12]:
        second.zero_grad()
        system.loss(make_batch(normalise(x), y)).total.backward()
        second.step()
    return Shipment(
        run=1, name="dml", spec=spec, step=12, weights="last", system=system.eval(),
        blank=lambda: make_backbone(spec.backbone, 10, 1), classes=data.classes,
        test=Images(data.test.images_NHWC, data.test.labels_N, None, cpu), training=train,
        image_shape=(8, 8, 1), normalise=normalise, results={"test/top1": 12.5},
    )


@pytest.fixture(scope="module")
def validation(shipment, tmp_path_factory):
    data = load_data(DatasetSpec(), Workspace(tmp_path_factory.mktemp("workspace")))
    rows = np.arange(1000, 1347)
    return Images(data.train.images_NHWC, data.train.labels_N, rows, torch.device("cpu"))


def chosen(shipment, validation, **arguments):
    return choose(None, shipment, validation, arguments, lambda *_: None)


def test_that_nothing_asked_for_ships_the_networks_own_peer_with_its_stored_numbers(
    shipment, validation
):
    choice = chosen(shipment, validation)
    assert choice.network is shipment.system.deployable()
    assert (choice.results, choice.part.is_whole) == ({"test/top1": 12.5}, True)
    assert choice.removed_modules() == {"peers.1": count_parameters(shipment.system.peers[1])}


@pytest.mark.parametrize("asked", ["best", "2", 2])
def test_that_a_peer_ships_as_what_it_is_with_numbers_of_its_own(shipment, validation, asked):
    choice = chosen(shipment, validation, peer=asked)
    assert choice.network is shipment.system.peers[1]
    assert choice.shipped_backbone == OTHER
    assert count_parameters(choice.blank()) == count_parameters(choice.network)
    assert choice.removed_modules() == {"peers.0": count_parameters(shipment.system.peers[0])}
    assert choice.results["test/top1"] > 40 > 12.5
    assert (choice.notes["peer"]["number"], choice.notes["peer"]["of"]) == (2, 2)
    assert ("best by validation" in choice.notes["peer"]["chosen"]) == (asked == "best")


@pytest.fixture(scope="module")
def certificate(shipment, validation, tmp_path_factory):
    """Of the best peer."""
    choice = chosen(shipment, validation, peer="best")
    entry = lookup("export", "safetensors")
    form = entry.make(entry.parse_options({}))
    folder = tmp_path_factory.mktemp("best") / "b"
    return write_bundle(choice, {"safetensors": form}, folder, lambda *_: None)


@pytest.mark.parametrize(("change", "said"), [
    (lambda c: c["peer"].update(of=3), "a peer that is none of 2 networks"),
    (lambda c: c["peer"].update(number=3), "a peer that is none of 2 networks"),
    (lambda c: c["peer"].update(chosen="the best of all"), "another than is chosen in the way"),
    (lambda c: c["peer"].pop("val_top1"), "another than is chosen in the way it says"),
    (lambda c: c["peer"]["val_top1"].reverse(), "another than is chosen in the way it says"),
    (lambda c: c["peer"]["val_top1"].append(0.0), "another than is chosen in the way it says"),
    (lambda c: c.update(ensemble=[{"name": "resnet8", "options": {}}] * 3), "not of 2 networks"),
], ids=range(7))
def test_that_a_certificate_tells_of_the_peers_that_there_are(certificate, change, said):
    check_training(certificate)
    told = copy.deepcopy(certificate)
    change(told)
    with pytest.raises(ExportError, match=said):
        check_training(told)


def test_that_an_ensemble_ships_with_all_peers_and_its_certificate_says_so(
    shipment, validation, tmp_path
):
    choice = chosen(shipment, validation, peer="ensemble")
    assert isinstance(choice.network, Ensemble)
    entry = lookup("export", "safetensors")
    form = entry.make(entry.parse_options({}))
    told = write_bundle(choice, {"safetensors": form}, tmp_path / "b", lambda *_: None)
    assert told["part"]["name"] == "the ensemble of 2 peers"
    assert [member["name"] for member in told["ensemble"]] == ["resnet8", OTHER.name]
    assert told["params_deployed"] == count_parameters(shipment.system)
    assert (told["params_removed"], told["removed_modules"]) == (0, {})
    readme = (tmp_path / "b" / "README.md").read_text()
    assert "2 networks that were trained together answer as one" in readme
    assert "exactly as many as 2 plain backbones have" in readme


def test_that_a_temperature_makes_the_network_as_sure_as_it_is_right(shipment, validation):
    plain = chosen(shipment, validation, peer="2")
    choice = chosen(shipment, validation, peer="2", temperature=True)
    told = choice.notes["temperature"]
    assert told["num_images"] == 347
    assert told["test_ece_before"] == pytest.approx(plain.results["test/ece"], abs=1e-3)
    assert choice.results["test/ece"] < plain.results["test/ece"]
    assert choice.results["test/top1"] == plain.results["test/top1"]
    x = shipment.normalise(shipment.test.take(torch.arange(450))[0])
    with torch.inference_mode():
        logits = shipment.system.peers[1](x) / told["values"][0]
    assert choice.results["test/ece"] == pytest.approx(
        ece(logits, shipment.test.labels_N).item(), abs=1e-3
    )


@pytest.mark.parametrize(("arguments", "said"), [
    ({"peer": "3"}, r"^peer '3': it is a number from 1 to 2, best or ensemble$"),
    ({"peer": "first"}, r"^peer 'first': it is a number from 1 to 2"),
    ({"peer": "ensemble", "exit": "1"}, "it ships whole"),
])
def test_that_a_choice_that_makes_no_sense_is_refused(shipment, validation, arguments, said):
    with pytest.raises(ExportError, match=said):
        chosen(shipment, validation, **arguments)


@pytest.mark.parametrize("arguments", [{"peer": "best"}, {"temperature": True}])
def test_that_without_validation_images_nothing_is_chosen_by_them(shipment, arguments):
    with pytest.raises(ExportError, match="there are no validation images to"):
        chosen(shipment, None, **arguments)


def test_that_a_run_of_one_network_has_no_peer_to_choose(shipment, validation):
    plain = make_system(MethodSpec(name="plain"), BackboneSpec(name="resnet8"), 10, 1, Streams(0))
    with pytest.raises(ExportError, match="there is no peer to choose"):
        chosen(replace(shipment, system=plain), validation, peer="best")


@pytest.mark.parametrize("tempered", [False, True])
def test_that_thresholds_to_leave_early_by_are_chosen_on_what_ships(
    shipment, validation, tempered
):
    spec = BackboneSpec(name="msdnet_anytime_4")
    system = make_system(MethodSpec(name="plain"), spec, 10, 1, Streams(0)).eval()
    averaged = replace(
        shipment, system=system, notes={"averaged": {"steps": [1, 2]}},
        blank=lambda: make_backbone(spec, 10, 1),
    )
    choice = chosen(averaged, validation, exit="all", temperature=tempered)
    x = shipment.normalise(shipment.test.take(torch.arange(450))[0])
    with torch.inference_mode():
        logits = torch.stack(choice.part.cut(system.deployable()).eval()(x))
    confidence = logits.softmax(dim=2).amax(dim=2)
    rows = choice.part.facts["leave_early"]
    for row in (rows[0], rows[-1]):
        sure = confidence.double() >= torch.tensor(row["thresholds"])[:, None]
        taken = sure.double().argmax(dim=0)
        shares = torch.bincount(taken, minlength=4) / 450
        assert row["exit_shares"] == pytest.approx(shares.tolist(), abs=0.01)
    assert ("temperature" in choice.notes) == tempered
