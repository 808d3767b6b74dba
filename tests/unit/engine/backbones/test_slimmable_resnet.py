import pytest
import torch

from engine.backbones.backbone import count_parameters
from engine.registry import lookup

# The full network and the batch norms of the narrower widths, for 10 and for 100 classes.
COUNTS = {
    "slimmable_resnet20": (274_826, 280_676),
    "slimmable_resnet32": (470_602, 476_452),
    "slimmable_resnet56": (862_154, 868_004),
    "slimmable_resnet110": (1_743_146, 1_748_996),
    "us_resnet20": (272_474, 278_324),
    "us_resnet56": (855_770, 861_620),
}


def make(name, num_classes=10, device="cpu"):
    entry = lookup("backbone", name)
    with torch.device(device):
        return entry.make(num_classes, 3, entry.parse_options({}))


@pytest.mark.parametrize("name", COUNTS)
def test_that_the_parameters_are_those_of_the_named_network(name):
    assert tuple(count_parameters(make(name, k, "meta")) for k in (10, 100)) == COUNTS[name]


@pytest.mark.parametrize("name", ["slimmable_resnet20", "us_resnet20"])
def test_that_the_full_width_starts_from_the_weights_of_the_plain_network(name):
    x = torch.randn(2, 3, 8, 8)
    torch.manual_seed(3)
    plain = make("resnet20").eval()
    torch.manual_seed(3)
    full = make(name).eval().subnet(-1)
    with torch.no_grad():
        assert torch.equal(full(x), plain(x))
