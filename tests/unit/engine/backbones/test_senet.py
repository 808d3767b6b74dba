import pytest
import torch
import torch.nn.functional as F

from engine.backbones.senet import SEBlock, SEPreActivationBlock, SqueezeExcitation


def images(channels=16):
    return torch.randn(4, channels, 8, 8, generator=torch.Generator().manual_seed(0))


@torch.no_grad()
def test_that_each_channel_is_scaled_by_one_value_between_0_and_1():
    x = images(32)
    ratio = SqueezeExcitation(32)(x) / x
    torch.testing.assert_close(ratio, ratio[:, :, :1, :1].expand_as(ratio))
    assert ((ratio > 0) & (ratio < 1)).all()
    assert ratio[0].std() > 0


@torch.no_grad()
def test_that_the_scale_reads_nothing_but_the_mean_of_each_channel():
    x, scale = images(), SqueezeExcitation(16)
    ordered = x.flatten(2).sort(dim=2).values.view_as(x)
    got = (scale(ordered) / ordered)[:, :, 0, 0]
    torch.testing.assert_close(got, (scale(x) / x)[:, :, 0, 0], rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("bottleneck", [False, True])
@torch.no_grad()
def test_that_a_block_scales_its_activated_residual_and_not_its_shortcut(bottleneck):
    block = SEBlock(16, 32, 2, bottleneck=bottleneck).eval()
    *layers, scale = block.residual
    scale.excite.weight.zero_()
    scale.excite.bias.zero_()
    h = images()
    for layer in layers:
        h = layer(h)
    assert (h >= 0).all()
    torch.testing.assert_close(block(images()), F.relu(0.5 * h + block.shortcut(images())))


@torch.no_grad()
def test_that_a_pre_activation_block_scales_its_residual_and_not_its_shortcut():
    block = SEPreActivationBlock(16, 16, 1).eval()
    block.scale.excite.weight.zero_()
    block.scale.excite.bias.zero_()
    a = F.relu(block.bn1(images()))
    residual = block.conv2(F.relu(block.bn2(block.conv1(a))))
    torch.testing.assert_close(block(images()), images() + 0.5 * residual)
