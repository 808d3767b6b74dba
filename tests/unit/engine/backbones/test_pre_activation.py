import pytest
import torch
import torch.nn.functional as F

from engine.backbones.pre_activation import PreActivationBlock, PreActivationBottleneck


def images(channels=3):
    return torch.randn(4, channels, 8, 8, generator=torch.Generator().manual_seed(0))


def without_residual(block):
    """The block in eval mode with a last convolution of zeros: its shortcut alone."""
    last = block.conv3 if isinstance(block, PreActivationBottleneck) else block.conv2
    torch.nn.init.zeros_(last.weight)
    if last.bias is not None:
        torch.nn.init.zeros_(last.bias)
    block.bn1.running_mean.fill_(0.5)
    return block.eval()


@pytest.mark.parametrize("kind", [PreActivationBlock, PreActivationBottleneck])
@pytest.mark.parametrize("raw_shortcut", [False, True])
@torch.no_grad()
def test_that_a_block_of_one_shape_passes_its_input_on_unactivated(kind, raw_shortcut):
    block = without_residual(kind(8, 8, 1, raw_shortcut=raw_shortcut))
    assert torch.equal(block(images(8)), images(8))


@pytest.mark.parametrize("kind", [PreActivationBlock, PreActivationBottleneck])
@torch.no_grad()
def test_that_a_block_that_changes_shape_convolves_the_activated_input(kind):
    block = without_residual(kind(3, 8, 2))
    activated = F.relu(block.bn1(images()))
    assert torch.equal(block(images()), block.shortcut(activated))


@pytest.mark.parametrize("kind", [PreActivationBlock, PreActivationBottleneck])
@torch.no_grad()
def test_that_a_raw_shortcut_convolves_the_input_itself(kind):
    block = without_residual(kind(3, 8, 2, raw_shortcut=True))
    assert torch.equal(block(images()), block.shortcut(images()))


@pytest.mark.parametrize("kind", [PreActivationBlock, PreActivationBottleneck])
@pytest.mark.parametrize("bias", [False, True])
def test_that_all_convolutions_have_a_bias_or_none(kind, bias):
    convolutions = [m for m in kind(4, 8, 2, bias=bias).modules() if isinstance(m, torch.nn.Conv2d)]
    assert {c.bias is not None for c in convolutions} == {bias}


@pytest.mark.parametrize(("stride_first", "strides"), [(False, [1, 2, 1]), (True, [2, 1, 1])])
def test_that_a_bottleneck_strides_one_convolution_of_its_residual(stride_first, strides):
    block = PreActivationBottleneck(4, 8, 2, stride_first=stride_first)
    assert [c.stride[0] for c in (block.conv1, block.conv2, block.conv3)] == strides
    assert block(images(4)).shape == (4, 8, 4, 4)


@torch.no_grad()
def test_that_dropout_is_for_training_alone():
    plain, block = PreActivationBlock(4, 4, 1), PreActivationBlock(4, 4, 1, dropout=0.5)
    block.load_state_dict(plain.state_dict())
    assert not torch.equal(block(images(4)), plain(images(4)))
    assert torch.equal(block.eval()(images(4)), plain.eval()(images(4)))
