import pytest
import torch
from torch import nn

from engine.backbones.backbone import count_parameters
from engine.backbones.slimmable import LADDER, SwitchableNorm, UniversalNorm
from engine.backbones.slimmable_mobilenet import mobilenet_parts
from engine.backbones.slimmable_network import SlimmableNetwork, UniversallySlimmableNetwork
from engine.backbones.slimmable_resnet import resnet_parts
from engine.spec.errors import SpecError


def images(channels=3, size=8, num=4, seed=0):
    return torch.randn(
        num, channels, size, size, generator=torch.Generator().manual_seed(seed)
    )


def slimmable_resnet():
    return SlimmableNetwork(10, 3, resnet_parts(3, 1, SwitchableNorm))


def universal_resnet():
    return UniversallySlimmableNetwork(10, 3, resnet_parts(3, 1, UniversalNorm))


def slimmable_mobilenet():
    return SlimmableNetwork(10, 3, mobilenet_parts(3, SwitchableNorm))


def universal_mobilenet():
    return UniversallySlimmableNetwork(10, 3, mobilenet_parts(3, UniversalNorm))


MAKES = [slimmable_resnet, universal_resnet, slimmable_mobilenet, universal_mobilenet]


def trained(make):
    """Batch norms that have seen something, and scales that differ."""
    torch.manual_seed(0)
    network = make()
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            if parameter.ndim == 1 and name.endswith("weight"):
                parameter.uniform_(0.5, 1.5)
        network.features(images(seed=1))
        if isinstance(network, UniversallySlimmableNetwork):
            network.calibrate([images(seed=1), images(seed=2)])
    return network.eval()


@pytest.mark.parametrize("channels_last", [False, True])
@pytest.mark.parametrize("make", MAKES)
def test_that_each_width_is_a_plain_network_of_its_own(make, channels_last):
    layout = torch.channels_last if channels_last else torch.contiguous_format
    network = trained(make).to(memory_format=layout)
    x = images().contiguous(memory_format=layout)
    with torch.no_grad():
        seen = network.features(x)
        for place in range(4):
            plain = network.subnet(place)
            assert torch.equal(plain(x), seen.logits[place])
            assert plain.num_exits == 1
            assert not plain.training
            assert {type(m) for m in plain.modules() if next(m.parameters(recurse=False), None)
                    is not None} == {nn.Conv2d, nn.BatchNorm2d, nn.Linear}
        assert torch.equal(network.subnet(-1)(x), network(x))


@pytest.mark.parametrize("make", MAKES)
def test_that_wider_networks_have_more_parameters(make):
    network = make()
    counts = [count_parameters(network.subnet(place)) for place in range(4)]
    assert counts == sorted(set(counts))


def test_that_a_subnet_shares_nothing_and_draws_nothing():
    network, x = trained(slimmable_resnet), images()
    before = torch.get_rng_state()
    plain = network.subnet(0)
    assert torch.equal(torch.get_rng_state(), before)
    with torch.no_grad():
        expected = plain(x)
        for parameter in network.parameters():
            parameter.zero_()
        assert torch.equal(plain(x), expected)


def test_that_a_width_that_does_not_exist_is_refused():
    with pytest.raises(SpecError, match="exits 1 to 4"):
        slimmable_resnet().subnet(4)


@pytest.mark.parametrize("make", MAKES)
def test_that_every_weight_learns_from_the_logits_of_all_widths(make):
    network = make()
    sum(logits.square().sum() for logits in network.features(images()).logits).backward()
    assert all(p.grad is not None and p.grad.any() for p in network.parameters())


def test_that_the_maps_are_those_of_the_full_width():
    network, x = trained(slimmable_resnet), images()
    with torch.no_grad():
        seen, full = network.features(x), network.subnet(-1).features(x)
    assert all(torch.equal(a, b) for a, b in zip(seen.maps, full.maps, strict=True))
    assert torch.equal(seen.embedding, full.embedding)


def test_that_the_sandwich_has_the_smallest_two_drawn_and_the_full_width():
    network, x = universal_resnet(), images()
    draws = set()
    for seed in range(5):
        torch.manual_seed(seed)
        shares = [at.share for at in network.widths(x)]
        assert (shares[0], shares[-1], len(shares)) == (0.25, 1.0, 4)
        assert shares == sorted(shares)
        draws.update(shares[1:-1])
    assert len(draws) == 10


def test_that_all_passes_of_a_step_have_the_same_widths():
    one, other = universal_resnet(), universal_resnet()
    torch.manual_seed(3)
    first = one.widths(images())
    torch.rand(5)
    assert other.widths(images(seed=2)) == first
    torch.manual_seed(4)
    assert one.widths(images()) != first


def test_that_equal_streams_draw_equal_widths():
    network, x = universal_resnet(), images()
    seen = []
    for _ in range(2):
        torch.manual_seed(3)
        seen.append(network.features(x).logits)
    assert all(torch.equal(a, b) for a, b in zip(*seen, strict=True))


def test_that_in_train_mode_a_universal_network_keeps_no_statistics():
    network = universal_resnet()
    before = {name: b.clone() for name, b in network.named_buffers()}
    network.features(images())
    assert all(torch.equal(b, before[name]) for name, b in network.named_buffers())


def test_that_calibration_changes_statistics_and_nothing_else():
    network = universal_resnet().eval()
    parameters = [p.clone() for p in network.parameters()]
    network.calibrate([images(), images(seed=1)])
    assert not network.training
    assert all(torch.equal(a, b) for a, b in zip(network.parameters(), parameters, strict=True))
    assert all(p.grad is None for p in network.parameters())
    assert all((b != 0).any(dim=1).all() for n, b in network.named_buffers() if "means" in n)


def test_that_calibration_makes_a_widths_answer_that_of_its_batch():
    network, x = universal_resnet(), images(num=32)
    network.calibrate([x])
    with torch.no_grad():
        by_batch = network.answer(x, LADDER[0]).logits
        calibrated = network.eval().features(x).logits[0]
    # The two differ by n/(n − 1) in the variance.
    torch.testing.assert_close(calibrated, by_batch, rtol=0.05, atol=0.05)


def test_that_calibration_forgets_what_was_averaged_before():
    network = universal_resnet()
    network.calibrate([images(seed=1)])
    once = {name: b.clone() for name, b in network.named_buffers()}
    network.calibrate([images(seed=2), images(seed=3)])
    network.calibrate([images(seed=1)])
    assert all(torch.equal(b, once[name]) for name, b in network.named_buffers())


def test_that_calibration_needs_a_batch():
    with pytest.raises(SpecError, match="without a batch"):
        universal_resnet().calibrate([])


def test_that_a_universal_networks_embeddings_are_padded_to_the_full_width():
    network = trained(universal_resnet)
    with torch.no_grad():
        narrow = network.features(images()).exit_embeddings[0]
    assert narrow.shape == (4, 64)
    assert narrow[:, :16].any()
    assert not narrow[:, 16:].any()
