import pytest
import torch
from torch import nn

from engine.backbones.anatomy import Place, dissect, reads


class Block(nn.Module):
    """A block whose first layer still works at the larger resolution."""

    def __init__(self, width, out, stride):
        super().__init__()
        self.wide = nn.Conv2d(width, 4 * width, 1)
        self.down = nn.Conv2d(4 * width, out, 3, stride, 1)

    def forward(self, x):
        return self.down(self.wide(x))


class Tokens(nn.Module):
    def __init__(self):
        super().__init__()
        self.patch = nn.Conv2d(3, 8, 4, 4)
        self.mix = nn.Linear(8, 8)
        self.head = nn.Linear(8, 5)

    def forward(self, x):
        return self.head(self.mix(self.patch(x).flatten(2).transpose(1, 2)).mean(1))


class Permuted(nn.Module):
    def forward(self, x):
        return x.permute(0, 2, 3, 1)


class ChannelsLast(nn.Module):
    def __init__(self):
        super().__init__()
        self.patch = nn.Sequential(nn.Conv2d(3, 6, 4, 4), Permuted(), nn.LayerNorm(6))
        self.block = nn.Linear(6, 6)
        self.head = nn.Linear(6, 5)

    def forward(self, x):
        return self.head(self.block(self.patch(x)).mean((1, 2)))


class Reused(nn.Module):
    def __init__(self):
        super().__init__()
        self.relu = nn.ReLU()
        self.first, self.second = nn.Conv2d(3, 4, 3, 2, 1), nn.Conv2d(4, 6, 3, 2, 1)
        self.head = nn.Linear(6, 5)

    def forward(self, x):
        return self.head(self.relu(self.second(self.relu(self.first(x)))).mean((2, 3)))


def on_meta(make):
    with torch.device("meta"):
        return make()


def plain():
    return nn.Sequential(
        nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.ReLU()), nn.MaxPool2d(2),
        Block(4, 6, 1), Block(6, 8, 2), Block(8, 10, 1), nn.MaxPool2d(2),
        nn.AdaptiveAvgPool2d(1), nn.Dropout(), nn.Flatten(), nn.Linear(10, 7), nn.ReLU(),
        nn.Linear(7, 5),
    )


def test_that_a_stage_ends_with_the_last_block_of_its_resolution():
    found = dissect(on_meta(plain), 32)
    assert found.maps == (Place("0", 4, False), Place("2", 6, False), Place("4", 10, False))
    assert found.head == "11"


def test_that_stages_that_are_settled_are_taken():
    assert dissect(on_meta(plain), 32, ["3", "2"]).maps == (
        Place("3", 8, False), Place("2", 6, False)
    )


def test_that_a_head_of_convolutions_is_found_and_ends_the_search():
    network = on_meta(lambda: nn.Sequential(
        nn.Conv2d(3, 4, 3, 2, 1), nn.ReLU(), nn.Conv2d(4, 5, 1), nn.ReLU(),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(),
    ))
    assert dissect(network, 8) == ((Place("1", 4, False),), "2")


def test_that_a_network_that_ends_in_tokens_has_no_maps():
    assert dissect(on_meta(Tokens), 32) == ((), "head")


def test_that_maps_with_their_channels_last_are_told_as_such():
    assert dissect(on_meta(ChannelsLast), 32) == ((Place("block", 6, True),), "head")


def test_that_a_module_called_twice_ends_no_stage():
    names = [place.name for place in dissect(on_meta(Reused), 16).maps]
    assert names == ["first", "second"]


def test_that_a_network_is_left_as_it_was():
    network = on_meta(plain).train()
    before = torch.get_rng_state()
    dissect(network, 32)
    assert network.training
    assert not any(module._forward_hooks for module in network.modules())
    assert torch.equal(before, torch.get_rng_state())


@pytest.mark.parametrize(("size", "readable"), [(1, False), (8, True)])
def test_that_images_too_small_are_found_out(size, readable):
    assert reads(lambda: nn.Sequential(nn.Conv2d(3, 4, 3), nn.MaxPool2d(2)), size) is readable
