import pytest
import torch

from engine.backbones.backbone import count_parameters
from engine.backbones.convnet_aig import ConvNetAig
from engine.backbones.resnet import BasicBlock, projection
from engine.registry import lookup
from engine.spec.errors import SpecError


def small(target_rate=0.6, weight=2.0):
    torch.manual_seed(0)
    return ConvNetAig(10, 3, 1, target_rate, weight)


def images(num=4):
    return torch.randn(num, 3, 8, 8, generator=torch.Generator().manual_seed(0))


def test_that_the_parameters_are_those_of_the_repository():
    entry = lookup("backbone", "aig_resnet110")
    with torch.device("meta"):
        network = entry.make(10, 3, entry.parse_options({}))
    assert count_parameters(network) == 1_766_630


@pytest.mark.parametrize("odds", [-1.0, 0.0, 1.9])
def test_that_a_block_is_drawn_as_often_as_its_odds_say(odds):
    torch.manual_seed(0)
    rate = small().draw(torch.full((20_000,), odds)).mean()
    assert rate.item() == pytest.approx(torch.sigmoid(torch.tensor(odds)).item(), abs=0.01)


def test_that_a_drawn_gate_is_rounded_and_has_a_gradient():
    odds = torch.zeros(1000, requires_grad=True)
    gates = small().draw(odds)
    assert set(gates.tolist()) == {0.0, 1.0}
    gates.sum().backward()
    assert (odds.grad >= 0).all()
    assert odds.grad.any()


def test_that_gates_are_drawn_from_the_default_generator_in_train_mode():
    network, x = small(), images(64)
    network.gating.each[0].norm.momentum = 0.0
    draws = []
    for seed in (1, 1, 2):
        torch.manual_seed(seed)
        draws.append(network.gates(x))
    assert torch.equal(draws[0], draws[1])
    assert not torch.equal(draws[0], draws[2])


def test_that_evaluation_draws_nothing():
    network, x = small().eval(), images()
    before = torch.get_rng_state()
    with torch.no_grad():
        assert torch.equal(network(x), network(x))
    assert torch.equal(torch.get_rng_state(), before)


def test_that_at_the_start_most_images_take_a_block():
    network, x = small(), images(256)
    torch.manual_seed(0)
    rate = network.gates(x).float().mean().item()
    assert rate == pytest.approx(0.87, abs=0.03)
    assert network.eval().gates(x).all()


def test_that_a_skipped_block_passes_its_shortcut_through_the_activation():
    network, block = small(), BasicBlock(4, 8, 2, projection).eval()
    x = images()[:, :1].expand(-1, 4, -1, -1).relu()
    with torch.no_grad():
        expected = block.shortcut(x).relu()
        assert torch.equal(network.skip(block, x), expected)
        assert torch.equal(network.bypass(block).eval()(x), expected)
        gates = torch.tensor([0.0, 1.0, 0.0, 1.0])[:, None, None, None]
        mixed = network.mix(block, x, gates)
        assert torch.equal(mixed[::2], expected[::2])
        assert torch.equal(mixed[1::2], block(x)[1::2])


def test_that_the_penalty_is_the_weighted_mean_square_distance_from_the_rate():
    gates = torch.tensor([[1.0, 0.0], [1.0, 1.0]])
    penalty = small(target_rate=0.6, weight=2.0).penalties(gates)["rate"]
    assert penalty.item() == pytest.approx(2 * (0.4**2 + 0.1**2) / 2)


def test_that_a_rate_above_one_is_refused():
    with pytest.raises(SpecError, match="target_rate"):
        lookup("backbone", "aig_resnet20").parse_options({"target_rate": 1.5})
