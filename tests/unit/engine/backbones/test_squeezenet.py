import torch

from engine.backbones.squeezenet import Fire
from engine.registry import lookup


def images(channels, size=8):
    return torch.randn(2, channels, size, size, generator=torch.Generator().manual_seed(0))


def test_that_a_fire_module_sets_two_convolutions_of_the_squeezed_map_side_by_side():
    fire = Fire(6, 16).eval()
    with torch.no_grad():
        squeezed, out = fire.squeeze(images(6)), fire(images(6))
        assert squeezed.shape[1] == 2
        assert torch.equal(out[:, :8], fire.expand1(squeezed))
        assert torch.equal(out[:, 8:], fire.expand3(squeezed))


def test_that_a_bypass_adds_the_input():
    fire = Fire(16, 16, bypass=True).eval()
    with torch.no_grad():
        with_bypass = fire(images(16))
        fire.bypass = False
        assert torch.equal(with_bypass, fire(images(16)) + images(16))


def test_that_fire_modules_3_5_and_7_are_bypassed():
    entry = lookup("backbone", "squeezenet")
    with torch.device("meta"):
        network = entry.make(10, 3, entry.parse_options({}))
    fires = [m for m in network.modules() if isinstance(m, Fire)]
    assert [number for number, fire in enumerate(fires, 2) if fire.bypass] == [3, 5, 7]


def test_that_averaging_a_last_convolution_is_a_head_on_averages():
    entry = lookup("backbone", "squeezenet")
    network = entry.make(10, 3, entry.parse_options({})).eval()
    with torch.no_grad():
        features = network.features(images(3, 32))
        weight, bias = network.head.weight[:, :, None, None], network.head.bias
        everywhere = torch.nn.functional.conv2d(features.maps[-1], weight, bias)
        torch.testing.assert_close(features.logits[0], everywhere.mean(dim=(2, 3)))
