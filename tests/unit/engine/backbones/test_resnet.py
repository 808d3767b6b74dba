import pytest
import torch
import torch.nn.functional as F

from engine.backbones.resnet import BasicBlock, Bottleneck, ZeroPad, projection, resnet


def images(channels=3, size=8):
    return torch.randn(4, channels, size, size, generator=torch.Generator().manual_seed(0))


def test_that_the_zero_pad_shortcut_keeps_every_second_pixel_between_zero_channels():
    x = images(channels=2, size=5)
    out = ZeroPad(2, 4, stride=2)(x)
    assert out.shape == (4, 4, 3, 3)
    assert torch.equal(out[:, 1:3], x[:, :, ::2, ::2])
    assert not out[:, [0, 3]].any()


def test_that_a_block_of_one_shape_has_no_shortcut_parameters():
    block = BasicBlock(16, 16, 1, projection)
    assert list(block.shortcut.parameters()) == []


@pytest.mark.parametrize(("in_width", "stride"), [(8, 1), (16, 2), (8, 2)])
def test_that_a_block_projects_wherever_the_shape_changes(in_width, stride):
    block = BasicBlock(in_width, 16, stride, projection)
    expected = in_width * 16 + 2 * 16
    assert sum(p.numel() for p in block.shortcut.parameters()) == expected


def test_that_a_block_adds_its_shortcut_before_the_last_activation():
    block = BasicBlock(3, 6, 2, projection).eval()
    with torch.no_grad():
        block.bn2.weight.zero_()
        block.bn2.bias.fill_(-0.5)
        x = images()
        assert torch.equal(block(x), F.relu(block.shortcut(x) - 0.5))


def test_that_a_bottleneck_strides_its_inner_convolution_alone():
    block = Bottleneck(16, 64, 2)
    assert [c.stride for c in (block.conv1, block.conv2, block.conv3)] == [(1, 1), (2, 2), (1, 1)]
    assert block(images(channels=16)).shape == (4, 64, 4, 4)


@pytest.mark.parametrize(("inner_ratio", "inner"), [(0.25, 16), (0.5, 32), (2.0, 128)])
def test_that_the_inner_ratio_says_how_wide_a_bottleneck_is_inside(inner_ratio, inner):
    block = Bottleneck(64, 64, 1, inner_ratio=inner_ratio)
    assert block.conv2.weight.shape == (inner, inner, 3, 3)
    assert list(block.shortcut.parameters()) == []


def test_that_a_bottleneck_adds_its_shortcut_before_the_last_activation():
    block = Bottleneck(3, 8, 2).eval()
    with torch.no_grad():
        block.bn3.weight.zero_()
        block.bn3.bias.fill_(-0.5)
        assert torch.equal(block(images()), F.relu(block.shortcut(images()) - 0.5))


def test_that_channels_of_different_groups_never_meet_in_the_inner_convolution():
    block = Bottleneck(8, 8, 1, inner_ratio=1.0, groups=2)
    x = images(channels=8)
    changed = x.clone()
    changed[:, 4:] += 1
    with torch.no_grad():
        before, after = block.conv2(x), block.conv2(changed)
    assert torch.equal(before[:, :4], after[:, :4])
    assert not torch.equal(before[:, 4:], after[:, 4:])


def test_that_every_stage_may_have_its_own_number_of_blocks():
    network = resnet(10, 3, (4, 8, 16), num_blocks=(1, 3, 2), stem_width=5, stem_size=1)
    assert [len(stage) for stage in network.stages] == [1, 3, 2]
    assert network.stem[0].weight.shape == (5, 3, 1, 1)


def test_that_depth_is_the_number_of_convolutions_and_the_head():
    network = resnet(10, 3, (16, 32, 64), num_blocks=3)
    convolutions = [m for m in network.modules() if isinstance(m, torch.nn.Conv2d)]
    assert len([c for c in convolutions if c.kernel_size == (3, 3)]) + 1 == 20


def test_that_the_embedding_is_the_pooled_last_map_and_the_head_reads_it():
    network = resnet(10, 3, (4, 8, 16), num_blocks=1).eval()
    with torch.no_grad():
        features = network.features(images())
        assert torch.equal(features.embedding, features.maps[-1].mean(dim=(2, 3)))
        assert torch.equal(features.logits[-1], network.head(features.embedding))


def test_that_convolutions_start_kaiming_normal_over_the_fan_out():
    torch.manual_seed(0)
    network = resnet(10, 3, (64, 128), num_blocks=1)
    weight = network.stages[1][0].conv2.weight
    assert weight.std().item() == pytest.approx((2 / (128 * 9)) ** 0.5, rel=0.02)
    assert weight.mean().item() == pytest.approx(0, abs=1e-3)
