import numpy as np
import pytest
import torch

from engine.backbones.backbone import count_parameters
from engine.exports.bundle import write_bundle
from engine.exports.part import whole
from engine.exports.tempered import HIGHEST, at_the_end, fit_temperature, tempered
from engine.metrics.ece import ece
from tests.sealing import fault, forge
from tests.unit.engine.exports.conftest import FORMATS

SLOW = ("onnx", "onnx_int8", "torch_export")
"""Formats that take seconds to write."""


@pytest.mark.parametrize("temperature", [0.25, 1.0, 3.0])
def test_that_the_temperature_is_found_with_which_labels_were_drawn(temperature):
    draws = torch.Generator().manual_seed(0)
    logits = 3 * torch.randn(20_000, 5, generator=draws)
    labels = torch.multinomial((logits / temperature).softmax(1), 1, generator=draws)[:, 0]
    found = fit_temperature(logits.numpy(), labels.numpy())
    assert found == pytest.approx(temperature, rel=0.05)


def test_that_a_network_that_is_always_right_gets_a_finite_temperature():
    logits = 10 * np.eye(4, dtype=np.float32)
    assert 1 / HIGHEST < fit_temperature(logits, np.arange(4)) < 1


def test_that_a_temperature_that_might_lie_farther_out_is_known():
    knowing_nothing = np.random.default_rng(0).normal(size=(500, 4)).astype(np.float32)
    assert at_the_end(fit_temperature(50 * knowing_nothing, np.arange(500) % 4))
    assert at_the_end(0.05)
    assert at_the_end(20.0)
    assert not any(map(at_the_end, (0.06, 1.0, 19.0)))


def test_that_what_ships_divides_by_it_and_has_no_weight_more(shipment):
    network = shipment.system.deployable()
    part = tempered(whole(), [2.5])
    x = shipment.normalise(shipment.test.take(torch.arange(5))[0])
    with torch.inference_mode():
        assert torch.equal(part.cut(network)(x), network(x) / 2.5)
        assert torch.equal(part.answer(network, x)[0], network(x) / 2.5)
    assert count_parameters(part.cut(network)) == count_parameters(network)
    assert part.cut(network).state_dict().keys() == network.state_dict().keys()
    assert part.is_whole


def with_temperature(changed, shipment, value):
    """The shipment with a temperature, and its results with that."""
    part = tempered(whole(), [value])
    system = shipment.system.deployable()
    test = shipment.normalise(shipment.test.take(torch.arange(len(shipment.test)))[0])
    with torch.inference_mode():
        before, after = (
            float(ece(logits, shipment.test.labels_N))
            for logits in (system(test), part.answer(system, test)[0])
        )
    told = {"values": [value], "num_images": shipment.num_validation, "test_ece_before": before}
    results = {"test/top1": shipment.results["test/top1"], "test/ece": after}
    return changed(part=part, notes={"temperature": told}, results=results)


@pytest.mark.parametrize("name", [
    pytest.param(name, marks=[pytest.mark.long] if name in SLOW else []) for name in FORMATS
])
def test_that_another_temperature_than_a_files_own_is_found(
    changed, shipment, formats, tmp_path, name
):
    shipped = with_temperature(changed, shipment, 2.5)
    bundle = tmp_path / "bundle"
    write_bundle(shipped, formats(name), bundle, lambda *_: None)
    assert fault(bundle, tmp_path) == ""
    forge(bundle, lambda c: c["temperature"].update(values=[2.6]))
    said = "(another network.py)" if name == "safetensors" else "has another temperature than 2.600"
    assert said in fault(bundle)


def test_that_a_calibration_error_before_the_temperature_is_measured_again(
    changed, shipment, formats, tmp_path
):
    shipped = with_temperature(changed, shipment, 2.5)
    bundle = tmp_path / "bundle"
    write_bundle(shipped, formats("safetensors"), bundle, lambda *_: None)
    forge(bundle, lambda c: c["temperature"].update(test_ece_before=99.0))
    assert fault(bundle) == ""
    assert "the calibration error before the temperature is" in fault(bundle, tmp_path)
