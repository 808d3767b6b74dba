import pytest
import torch

from engine.backbones.efficientnet import DropConnect, MBConv, SqueezeExcitation
from engine.registry import lookup
from engine.spec.errors import SpecError


def make(**values):
    entry = lookup("backbone", "efficientnet_b0")
    with torch.device("meta"):
        return entry.make(10, 3, entry.parse_options(values))


def images(channels, batch=2, size=8):
    return torch.randn(batch, channels, size, size, generator=torch.Generator().manual_seed(0))


def test_that_the_maps_halve_four_times():
    with torch.device("meta"):
        maps = make().eval().features(torch.empty(1, 3, 32, 32)).maps
    assert [m.shape[-1] for m in maps] == [32, 16, 8, 4, 2]


def test_that_no_layer_is_made_that_is_never_called():
    called = set()
    network = make().eval()
    for module in network.modules():
        module.register_forward_hook(lambda module, *_: called.add(module))
    with torch.device("meta"):
        network(torch.empty(1, 3, 8, 8))
    layers = {m for m in network.modules() if next(m.parameters(recurse=False), None) is not None}
    assert layers <= called


def test_that_squeeze_and_excitation_scales_whole_channels():
    module, h = SqueezeExcitation(4, 2), images(4)
    with torch.no_grad():
        scale = module(h) / h
        torch.testing.assert_close(scale, scale[:, :, :1, :1].expand_as(scale))
        assert ((scale > 0) & (scale < 1)).all()


def test_that_drop_connect_drops_whole_images_and_keeps_the_mean():
    torch.manual_seed(0)
    module, ones = DropConnect(0.25), torch.ones(4000, 2, 1, 1)
    dropped = module(ones)
    assert dropped.unique().tolist() == pytest.approx([0, 4 / 3])
    assert torch.equal(dropped[:, 0], dropped[:, 1])
    assert dropped.mean().item() == pytest.approx(1, abs=0.05)
    assert torch.equal(module.eval()(ones), ones)


def test_that_a_dropped_residual_leaves_the_input():
    block = MBConv(4, 4, 1, 6, 3, drop_rate=0.999)
    torch.manual_seed(0)
    with torch.no_grad():
        assert torch.equal(block(images(4)), images(4))


def test_that_the_drop_rate_grows_with_depth_and_dropout_is_before_the_head():
    network = make(drop_connect=0.4, dropout=0.3)
    rates = [m.rate for m in network.modules() if isinstance(m, DropConnect)]
    assert rates == sorted(rates)
    assert rates[0] == pytest.approx(0.4 * 2 / 16)
    assert network.neck.p == 0.3


@pytest.mark.parametrize("values", [{"dropout": 1.0}, {"drop_connect": -0.1}])
def test_that_rates_outside_0_to_1_are_refused(values):
    with pytest.raises(SpecError, match=next(iter(values))):
        make(**values)
