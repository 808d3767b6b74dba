import pytest
import torch

from engine.build import make_backbone
from engine.chores.rebuild import part_of
from engine.exports.ensemble import Ensemble, ensembled
from engine.spec.errors import ExportError
from engine.spec.run_spec import BackboneSpec


def test_that_an_ensemble_answers_the_mean_of_its_peers_probabilities():
    peers = [make_backbone(BackboneSpec(name=name), 4, 3).eval() for name in ("resnet8", "vgg8")]
    together, x = Ensemble(peers).eval(), torch.randn(3, 3, 32, 32)
    with torch.inference_mode():
        expected = torch.stack([peer(x).softmax(1) for peer in peers]).mean(0)
        torch.testing.assert_close(together(x).softmax(1), expected)
        torch.testing.assert_close(together(x).exp().sum(1), torch.ones(3))


def test_that_one_network_is_no_ensemble():
    with pytest.raises(ExportError, match="trained one network"):
        ensembled(make_backbone(BackboneSpec(name="resnet8"), 4, 3))


def test_that_an_ensemble_is_called_what_it_was_called_when_it_is_built_again():
    told = {
        "ensemble": [{"name": "resnet8", "options": {}}] * 2, "num_classes": 10,
        "input": {"height": 8, "channels": 1}, "part": {"name": "the ensemble of 2 peers"},
    }
    assert part_of(told).name == "the ensemble of 2 peers"
