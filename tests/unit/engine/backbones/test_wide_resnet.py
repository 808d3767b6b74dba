import torch
import torch.nn.functional as F

from engine.backbones.wide_resnet import PreActivationBlock, wide_resnet


def images(channels=3):
    return torch.randn(4, channels, 8, 8, generator=torch.Generator().manual_seed(0))


def test_that_a_block_of_one_shape_passes_its_input_on_unactivated():
    block = PreActivationBlock(3, 3, 1)
    with torch.no_grad():
        block.conv2.weight.zero_()
        assert torch.equal(block(images()), images())


def test_that_a_block_that_changes_shape_projects_the_activated_input():
    block = PreActivationBlock(3, 6, 2).eval()
    assert block.shortcut is not None
    with torch.no_grad():
        block.conv2.weight.zero_()
        activated = F.relu(block.bn1(images()))
        assert torch.equal(block(images()), block.shortcut(activated))


def test_that_the_embedding_pools_the_normalised_and_activated_last_map():
    network = wide_resnet(10, 3, depth=10, widen=1).eval()
    with torch.no_grad():
        features = network.features(images())
        expected = network.final(features.maps[-1].clone()).mean(dim=(2, 3))
        assert (features.maps[-1] < 0).any()
        assert (features.embedding >= 0).all()
        assert torch.equal(features.embedding, expected)


def test_that_widening_widens_the_stages_and_not_the_stem():
    network = wide_resnet(10, 3, depth=10, widen=3)
    assert network.stage_channels == (48, 96, 192)
    assert network.stem.weight.shape[0] == 16
