import pytest
import torch
from torch.nn.modules.batchnorm import _BatchNorm

from engine.build import make_backbone
from engine.exports.averaged import mean_state, renew_statistics
from engine.spec.errors import ExportError
from engine.spec.run_spec import BackboneSpec


def network_of(name, **options):
    """With statistics that are of no images."""
    torch.manual_seed(0)
    network = make_backbone(BackboneSpec(name=name, options=options), 4, 3)
    for buffer in network.buffers():
        if buffer.is_floating_point():
            buffer.uniform_(5, 9)
    return network


def images(num_batches):
    return [2 + 3 * torch.randn(16, 3, 8, 8) for _ in range(num_batches)]


def test_that_weights_are_averaged_and_counters_are_the_last():
    states = [{"w": torch.tensor([1.0, 4.0]), "n": torch.tensor(3)},
              {"w": torch.tensor([2.0, 8.0]), "n": torch.tensor(5)}]
    mean = mean_state(states)
    assert mean["w"].tolist() == [1.5, 6.0]
    assert (mean["w"].dtype, int(mean["n"])) == (torch.float32, 5)


def test_that_statistics_are_taken_anew_over_all_batches():
    network = network_of("resnet8")
    batches = images(3)
    norm, momentum = network.stem[1], network.stem[1].momentum
    renew_statistics(network, batches)
    maps = torch.stack([network.stem[0](x) for x in batches])
    torch.testing.assert_close(norm.running_mean, maps.mean((0, 1, 3, 4)))
    torch.testing.assert_close(norm.running_var, maps.var((1, 3, 4)).mean(0))
    assert norm.momentum == momentum
    assert not any(module.training for module in network.modules())


@pytest.mark.parametrize("name", [
    "slimmable_resnet20", "us_resnet20", "slimmable_mobilenet_v2", "sdn_resnet56",
    "msdnet_anytime_4",
])
def test_that_every_exit_and_width_has_the_statistics_of_the_plain_network_that_it_is(name):
    network, batches = network_of(name), images(2)
    subnets = [network.subnet(place) for place in range(network.num_exits)]
    renew_statistics(network, batches)
    for place, alone in enumerate(subnets):
        renew_statistics(alone, batches)
        found = dict(network.subnet(place).named_buffers())
        for key, buffer in alone.named_buffers():
            if buffer.is_floating_point():
                torch.testing.assert_close(found[key], buffer)


@pytest.mark.parametrize("name", ["skipnet20", "skipnet20_ff", "aig_resnet20"])
@pytest.mark.parametrize("odds", [-9.0, 9.0])
def test_that_a_blocks_statistics_are_of_all_images_whether_they_take_it_or_not(name, odds):
    network, batches = network_of(name), images(2)
    ask = network.gating.forward
    network.gating.forward = lambda gate, h, memory: (
        torch.full((len(h),), odds), ask(gate, h, memory)[1]
    )
    seen = {}
    for block in network.blocks():
        for norm in (block.bn1, block.bn2):
            norm.register_forward_hook(
                lambda norm, given, _: seen.setdefault(norm, []).append(given[0].clone())
            )
    renew_statistics(network, batches)
    for block in network.blocks():
        for norm in (block.bn1, block.bn2):
            maps = torch.stack(seen[norm])
            assert maps.shape[:2] == (2, 16)
            torch.testing.assert_close(norm.running_mean, maps.mean((0, 1, 3, 4)))


@pytest.mark.parametrize(("name", "options"), [
    ("aig_resnet20", {}), ("wrn_16_1", {"dropout": 0.5}),
])
def test_that_nothing_is_drawn_for_the_statistics(name, options):
    network, batches = network_of(name, **options), images(1)
    before = torch.get_rng_state()
    renew_statistics(network, batches)
    assert torch.equal(torch.get_rng_state(), before)


def test_that_a_layer_without_use_keeps_the_mean_of_its_statistics():
    network = network_of("skipnet20_ff")
    norms = {n: m for n, m in network.named_modules() if isinstance(m, _BatchNorm)}
    before = {name: norm.running_mean.clone() for name, norm in norms.items()}
    renew_statistics(network, images(1))
    kept = {n for n, norm in norms.items() if torch.equal(norm.running_mean, before[n])}
    assert kept == {"gating.each.8.layers.2", "gating.each.8.layers.5"}


def test_that_statistics_are_not_taken_of_nothing():
    with pytest.raises(ExportError, match="needs two training images or more"):
        renew_statistics(network_of("resnet8"), [])
    without_norms = network_of("tv_squeezenet1_1")
    renew_statistics(without_norms, [])
    assert not without_norms.training
