import torch
from torch import nn

from engine.backbones.densenet import DenseLayer, densenet, transition
from engine.registry import lookup


def images(channels, size=8):
    return torch.randn(2, channels, size, size, generator=torch.Generator().manual_seed(0))


def test_that_a_layer_keeps_its_input_and_adds_its_growth():
    layer = DenseLayer(5, 3, dropout=0.0).eval()
    with torch.no_grad():
        out = layer(images(5))
        assert out.shape == (2, 8, 8, 8)
        assert torch.equal(out[:, :5], images(5))
        assert torch.equal(out[:, 5:], layer.new(images(5)))


def test_that_dropout_drops_new_values_only_and_only_in_training():
    layer = DenseLayer(5, 3, dropout=0.5)
    with torch.no_grad():
        out = layer(images(5))
        assert torch.equal(out[:, :5], images(5))
        assert 0.3 < (out[:, 5:] == 0).float().mean() < 0.7
        assert not (layer.eval()(images(5))[:, 5:] == 0).any()


def test_that_a_transition_averages_two_by_two():
    layer = transition(4, 2).eval()
    with torch.no_grad():
        expected = layer[2](layer[0](images(4)).relu()).unflatten(2, (4, 2)).unflatten(4, (4, 2))
        torch.testing.assert_close(layer(images(4)), expected.mean(dim=(3, 5)))


def test_that_maps_are_taken_before_the_transition_halves_them():
    with torch.device("meta"):
        network = densenet(10, 3, growth=4, num_layers=(2, 2, 2)).eval()
        maps = network.features(torch.empty(1, 3, 32, 32)).maps
    assert [tuple(m.shape[1:]) for m in maps] == [(16, 32, 32), (16, 16, 16), (16, 8, 8)]


def test_that_depth_counts_convolutions_and_the_head():
    for name, depth in (("densenet_bc_40_12", 40), ("densenet_bc_100_12", 100),
                        ("densenet121", 121), ("densenet201", 201)):
        entry = lookup("backbone", name)
        with torch.device("meta"):
            network = entry.make(10, 3, entry.parse_options({}))
        num_convolutions = sum(isinstance(m, nn.Conv2d) for m in network.modules())
        assert num_convolutions + 1 == depth == entry.card.facts["depth"]


def test_that_the_cifar_networks_drop_what_is_asked_for():
    entry = lookup("backbone", "densenet_bc_40_12")
    for values, expected in (({}, 0.0), ({"dropout": 0.2}, 0.2)):
        with torch.device("meta"):
            network = entry.make(10, 3, entry.parse_options(values))
        assert {m.p for m in network.modules() if isinstance(m, nn.Dropout)} == {expected}
