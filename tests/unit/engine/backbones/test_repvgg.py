import pytest
import torch
import torch.nn.functional as F
from torch import nn

from engine.backbones.backbone import count_parameters
from engine.backbones.repvgg import RepVGG, RepVGGBlock

WIDTHS = (8, 8, 12, 16)


def images(channels=3, size=8, seed=0):
    return torch.randn(4, channels, size, size, generator=torch.Generator().manual_seed(seed))


def trained(in_channels=3):
    """A narrow network whose batch norms average a few batches and are not the identity."""
    torch.manual_seed(0)
    network = RepVGG(10, in_channels, WIDTHS)
    with torch.no_grad():
        for module in network.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.weight.uniform_(0.5, 1.5)
                module.bias.normal_(0, 0.2)
                module.momentum = None
        for seed in range(3):
            network(images(in_channels, seed=seed) * 2 + 0.5)
    return network


@pytest.mark.parametrize(("width", "stride", "has"), [(4, 1, True), (6, 1, False), (4, 2, False)])
def test_that_a_block_has_an_identity_branch_where_no_shape_changes(width, stride, has):
    assert (RepVGGBlock(4, width, stride).bn0 is not None) is has


@pytest.mark.parametrize(("width", "stride"), [(4, 1), (6, 1), (4, 2)])
def test_that_a_fused_block_is_one_convolution(width, stride):
    block = RepVGGBlock(4, width, stride)
    with torch.no_grad():
        block(images(4) * 3 + 1)
        kernel, bias = block.eval().fused()
        expected = F.relu(F.conv2d(images(4), kernel, bias, stride, padding=1))
        torch.testing.assert_close(block(images(4)), expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("in_channels", [1, 3])
def test_that_a_reparameterised_network_answers_alike(in_channels):
    network = trained(in_channels)
    plain = network.reparameterized()
    assert network.training
    with torch.no_grad():
        expected = network.eval().features(images(in_channels))
        got = plain.features(images(in_channels))
    assert expected.logits[0].std() > 0.1
    for ours, theirs in zip((*got.maps, *got.logits), (*expected.maps, *expected.logits),
                            strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-4)


def test_that_a_reparameterised_network_has_one_convolution_for_each_block_and_no_batch_norm():
    network = trained()
    plain = network.reparameterized()
    num_blocks = sum(isinstance(m, RepVGGBlock) for m in network.modules())
    layers = [m for m in plain.modules() if next(m.parameters(recurse=False), None) is not None]
    assert [type(m) for m in layers] == [nn.Conv2d] * num_blocks + [nn.Linear]
    assert not list(plain.buffers())
    ninth = sum(p.numel() for p in plain.parameters() if p.ndim == 4) // 9
    assert count_parameters(plain) < count_parameters(network) - ninth


def test_that_a_reparameterised_network_is_its_own_and_disturbs_no_stream():
    network = trained()
    before, state = torch.get_rng_state(), {k: v.clone() for k, v in network.state_dict().items()}
    plain = network.reparameterized()
    assert torch.equal(torch.get_rng_state(), before)
    assert not plain.training
    with torch.no_grad():
        for parameter in plain.parameters():
            parameter.zero_()
    assert all(torch.equal(network.state_dict()[key], value) for key, value in state.items())
