import torch
from torch import nn

from engine.backbones.parts import assemble, linear


def test_that_assembling_neither_draws_nor_touches_the_weights():
    torch.manual_seed(0)
    stages, head = (nn.Conv2d(4, 6, 1), nn.Conv2d(6, 8, 1)), nn.Linear(8, 5)
    conv = nn.Conv2d(3, 4, 3)
    x = torch.randn(2, 3, 8, 8)
    with torch.no_grad():
        expected = head(stages[1](stages[0](conv(x))).mean(dim=(2, 3)))
    before = torch.get_rng_state()
    network = assemble(5, 3, conv, stages, (4, 8), head)
    assert torch.equal(torch.get_rng_state(), before)
    assert network.exit_dims == (8,)
    assert torch.equal(network(x), expected)


def test_that_a_linear_layer_of_copies_is_independent():
    weight, bias = torch.randn(5, 8), torch.randn(5)
    layer = linear(weight[:, :3], bias)
    expected = weight[:, :3].clone()
    weight.zero_()
    assert (layer.in_features, layer.out_features) == (3, 5)
    assert torch.equal(layer.weight, expected)
