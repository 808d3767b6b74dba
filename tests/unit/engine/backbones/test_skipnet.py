import pytest
import torch
from torch import nn

from engine.backbones.backbone import count_parameters
from engine.backbones.resnet import BasicBlock, projection
from engine.backbones.skipnet import RecurrentGates, SkipNet
from engine.registry import lookup

COUNTS = {
    "skipnet38": 571_913,
    "skipnet74": 1_162_109,
    "skipnet110": 1_752_305,
    "skipnet38_ff": 1_148_798,
    "skipnet74_ff": 2_316_770,
    "skipnet110_ff": 2_609_798,
}


def small(alpha=0.1):
    torch.manual_seed(0)
    return SkipNet(10, 3, 1, RecurrentGates, alpha)


@pytest.mark.parametrize("name", COUNTS)
def test_that_the_parameters_are_those_of_the_repository(name):
    entry = lookup("backbone", name)
    with torch.device("meta"):
        network = entry.make(10, 3, entry.parse_options({}))
    assert count_parameters(network) == COUNTS[name]


def test_that_a_drawn_gate_is_rounded_and_has_the_gradient_of_its_probability():
    odds = torch.tensor([-2.0, -0.1, 0.1, 3.0], requires_grad=True)
    gates = small().draw(odds)
    assert gates.tolist() == [0, 0, 1, 1]
    gates.sum().backward()
    p = torch.sigmoid(odds.detach())
    torch.testing.assert_close(odds.grad, p * (1 - p))


def test_that_a_skipped_block_passes_its_shortcut_without_activation():
    network, block = small(), BasicBlock(4, 8, 2, projection).eval()
    x = torch.randn(3, 4, 8, 8)
    with torch.no_grad():
        assert torch.equal(network.skip(block, x), block.shortcut(x))
        gates = torch.tensor([0.0, 1.0, 0.0])[:, None, None, None]
        mixed = network.mix(block, x, gates)
        assert (mixed < 0).any()
        assert torch.equal(mixed[::2], block.shortcut(x)[::2])
        assert torch.equal(mixed[1], block(x)[1])


def test_that_the_penalty_is_alpha_times_the_share_of_blocks_taken():
    gates = torch.tensor([[1.0, 0.0], [1.0, 1.0]])
    assert small(alpha=0.2).penalties(gates)["skip"].item() == pytest.approx(0.15)


@pytest.mark.parametrize("name", ["skipnet20", "skipnet20_ff"])
def test_that_gates_start_likely_to_take_their_block(name):
    x = torch.randn(8, 3, 8, 8, generator=torch.Generator().manual_seed(0))
    entry = lookup("backbone", name)
    rates = []
    for seed in range(5):
        torch.manual_seed(seed)
        network = entry.make(10, 3, entry.parse_options({})).eval()
        with torch.no_grad():
            rates.append(network.gates(x).float().mean().item())
    assert sum(rates) / 5 > 0.7


def test_that_the_penalty_alone_teaches_gates_to_skip():
    network = small(alpha=1.0)
    x = torch.randn(8, 3, 8, 8, generator=torch.Generator().manual_seed(0))
    assert network.eval().gates(x).all()
    optimiser = torch.optim.SGD(network.gating.parameters(), lr=2.0)
    for _ in range(20):
        optimiser.zero_grad()
        network.train().features(x).penalties["skip"].backward()
        optimiser.step()
    assert not network.eval().gates(x).any()


def test_that_a_recurrent_gate_remembers_the_gates_before():
    gates = RecurrentGates([16, 16])
    h = torch.randn(2, 16, 4, 4)
    first, memory = gates(0, h, None)
    assert not torch.equal(gates(1, h, memory)[0], gates(1, h, None)[0])
    assert first.shape == (2,)


def test_that_a_small_size_says_that_it_is_this_projects():
    assert "small size of this project" in lookup("backbone", "skipnet20").card.summary
    assert "small size" not in lookup("backbone", "skipnet38").card.summary


def test_that_feed_forward_gates_have_the_convolutions_of_their_kind():
    for name, number in (("skipnet20_ff", 2), ("skipnet110_ff", 1)):
        entry = lookup("backbone", name)
        with torch.device("meta"):
            network = entry.make(10, 3, entry.parse_options({}))
        gate = network.gating.each[0]
        assert sum(isinstance(m, nn.Conv2d) for m in gate.modules()) == number
