import pytest
import torch

from engine.backbones.backbone import count_parameters
from engine.backbones.slimmable_mobilenet import slimmable_mobilenet_v2, us_mobilenet_v2
from engine.spec.options import Options


def make(maker, num_classes=10, in_channels=3):
    with torch.device("meta"):
        return maker(num_classes, in_channels, Options())


@pytest.mark.parametrize(("num_classes", "count"), [(10, 2_236_682), (100, 2_351_972)])
def test_that_a_universal_network_has_the_parameters_of_the_plain_one(num_classes, count):
    assert count_parameters(make(us_mobilenet_v2, num_classes)) == count


def test_that_a_slimmable_network_adds_the_batch_norms_of_the_narrower_widths():
    network = make(slimmable_mobilenet_v2)
    norms = [p for n, p in network.named_parameters() if "norms" in n and "norms.3" not in n]
    assert count_parameters(network) == 2_236_682 + sum(p.numel() for p in norms)


@pytest.mark.parametrize("maker", [slimmable_mobilenet_v2, us_mobilenet_v2])
def test_that_the_half_network_has_the_parameters_of_the_repositorys(maker):
    assert count_parameters(make(maker).subnet(1)) == 700_490


@pytest.mark.parametrize("size", [28])
def test_that_the_size_is_halved_before_three_of_the_four_stages(size):
    maps = make(us_mobilenet_v2, in_channels=1).features(
        torch.empty(2, 1, size, size, device="meta")
    ).maps
    sides = [size, -(-size // 2), -(-size // 4), -(-size // 8)]
    assert [tuple(m.shape[1:]) for m in maps] == [
        (c, s, s) for c, s in zip((24, 32, 96, 320), sides, strict=True)
    ]
