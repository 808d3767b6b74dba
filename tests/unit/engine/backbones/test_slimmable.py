import pytest
import torch
import torch.nn.functional as F
from torch import nn

from engine.backbones.slimmable import (
    LADDER,
    Channels,
    SlimConv2d,
    SlimResidual,
    SlimStack,
    SwitchableNorm,
    UniversalNorm,
    Width,
)

HALF = LADDER[1]


def images(channels, size=6):
    return torch.randn(4, channels, size, size, generator=torch.Generator().manual_seed(0)) * 3 + 1


@pytest.mark.parametrize(
    ("channels", "numbers"),
    [
        (Channels(64), (16, 32, 48, 64)),
        (Channels(24, divisor=8), (8, 16, 24, 24)),
        (Channels(24, divisor=8, times=6), (48, 96, 144, 144)),
        (Channels(1280, slim=False), (1280,) * 4),
    ],
)
def test_that_channels_are_rounded_before_they_are_repeated(channels, numbers):
    assert tuple(channels.at(at.share) for at in LADDER) == numbers


def test_that_rounding_never_takes_more_than_a_tenth():
    channels = Channels(32, divisor=8)
    shares = torch.linspace(0.25, 1, 50).tolist()
    assert all(channels.at(share) >= 0.9 * 32 * share for share in shares)


def test_that_a_convolution_uses_the_first_channels_of_both_sides():
    conv = SlimConv2d(Channels(8), Channels(12), 3, stride=2)
    x = images(4)
    expected = F.conv2d(x, conv.conv.weight[:6, :4], stride=2, padding=1)
    assert torch.equal(conv(x, HALF), expected)


def test_that_a_depthwise_convolution_keeps_channels_apart():
    conv = SlimConv2d(Channels(8), Channels(8), 3, depthwise=True)
    x = images(4)
    alone = torch.zeros_like(x)
    alone[:, 2] = x[:, 2]
    out = conv(alone, HALF)
    assert torch.equal(out[:, 2], conv(x, HALF)[:, 2])
    assert not out[:, [0, 1, 3]].any()


def test_that_switchable_norms_learn_the_statistics_of_their_own_width():
    norm = SwitchableNorm(Channels(8))
    norm(images(4), HALF)
    moved = [n.running_mean.any().item() for n in norm.norms]
    assert moved == [False, True, False, False]


def test_that_a_universal_norm_normalises_by_the_batch_while_it_is_trained():
    norm, x = UniversalNorm(Channels(8)), images(4)
    out = norm(x, Width(0.5, None))
    torch.testing.assert_close(out, F.batch_norm(x, None, None, training=True))
    assert not norm.means.any()
    assert (norm.variances == 1).all()


def test_that_calibrated_statistics_are_the_mean_over_the_batches():
    norm = UniversalNorm(Channels(8)).eval()
    batches = [images(4), images(4) * 2 - 1, images(4) + 5]
    for number, x in enumerate(batches, start=1):
        norm(x, HALF._replace(momentum=1 / number))
    means = torch.stack([x.mean(dim=(0, 2, 3)) for x in batches]).mean(dim=0)
    variances = torch.stack([x.var(dim=(0, 2, 3)) for x in batches]).mean(dim=0)
    torch.testing.assert_close(norm.means[1, :4], means)
    torch.testing.assert_close(norm.variances[1, :4], variances)
    assert not norm.means[[0, 2, 3]].any()
    x = images(4) - 2
    torch.testing.assert_close(norm(x, HALF), F.batch_norm(x, means, variances))


@pytest.mark.parametrize("make_norm", [SwitchableNorm, UniversalNorm])
@pytest.mark.parametrize("at", LADDER)
def test_that_the_plain_module_of_a_width_is_equal_and_independent(make_norm, at):
    hidden = Channels(8)
    body = SlimStack([
        SlimConv2d(hidden, hidden, 3), make_norm(hidden), nn.ReLU(),
        SlimConv2d(hidden, hidden, 3, depthwise=True), make_norm(hidden),
    ])
    block = SlimResidual(body, SlimStack([]), nn.ReLU())
    x = images(hidden.at(at.share))
    block(x, at)
    block.eval()
    plain = block.plain(at).eval()
    with torch.no_grad():
        expected = block(x, at)
        assert torch.equal(plain(x), expected)
        for tensor in [*block.parameters(), *block.buffers()]:
            tensor.zero_()
        assert torch.equal(plain(x), expected)
    assert {type(m) for m in plain.body} == {nn.Conv2d, nn.BatchNorm2d, nn.ReLU}
