import itertools
import warnings

import onnxruntime
import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from engine.backbones.convnet_aig import ConvNetAig
from engine.backbones.gated_resnet import Gates, residual
from engine.backbones.resnet import BasicBlock, resnet
from engine.backbones.skipnet import FeedForwardGates, RecurrentGates, SkipNet
from engine.spec.errors import SpecError


class Forced(Gates):
    """Image b takes block l where paths[b][l]."""

    def __init__(self, paths):
        super().__init__()
        self.paths = torch.tensor(paths)

    def forward(self, gate, h_BCHW, memory):
        return self.paths[: len(h_BCHW), gate].float() - 0.5, memory


class Balanced(Gates):
    """The gates of a network, moved so that of the first batch they see about half is taken."""

    def __init__(self, gates):
        super().__init__()
        self.gates, self.means = gates, {}

    def forward(self, gate, h_BCHW, memory):
        odds_B, memory = self.gates(gate, h_BCHW, memory)
        if gate not in self.means:
            self.means[gate] = odds_B.mean().item()
        return odds_B - self.means[gate], memory


def recurrent(num_blocks=1, in_channels=3):
    return SkipNet(10, in_channels, num_blocks, RecurrentGates, 0.1)


def feed_forward(num_blocks=1, in_channels=3):
    return SkipNet(10, in_channels, num_blocks, lambda c: FeedForwardGates(c, 2), 0.1)


def aig(num_blocks=1, in_channels=3):
    return ConvNetAig(10, in_channels, num_blocks, 0.6, 2.0)


MAKES = [recurrent, feed_forward, aig]


def images(num=6, channels=3, size=8):
    return torch.randn(num, channels, size, size, generator=torch.Generator().manual_seed(0))


def undecided(make, num_blocks=1, in_channels=3, size=8):
    """Gates that differ from image to image, batch norms that are not the identity."""
    torch.manual_seed(0)
    network = make(num_blocks, in_channels).eval()
    with torch.no_grad():
        for module in network.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.running_mean.normal_(std=0.2)
        network.gating = Balanced(network.gating)
        network(images(16, in_channels, size))
    return network


def forced(make, paths, num_blocks=1):
    network = undecided(make, num_blocks)
    network.gating = Forced(paths)
    return network


def every_path(network):
    return list(itertools.product([True, False], repeat=network.num_gates))


@pytest.mark.parametrize("make", MAKES)
def test_that_a_network_starts_from_the_weights_of_the_plain_one(make):
    torch.manual_seed(4)
    plain = resnet(10, 3, (16, 32, 64), 1).eval()
    torch.manual_seed(4)
    network = make().eval()
    path = network.subnet_for_path([True] * network.num_gates)
    assert torch.equal(path(images()), plain(images()))


@pytest.mark.parametrize("channels_last", [False, True])
@pytest.mark.parametrize("make", MAKES)
def test_that_every_path_is_a_plain_network_of_its_own(make, channels_last):
    layout = torch.channels_last if channels_last else torch.contiguous_format
    paths = every_path(make())
    network = forced(make, paths, num_blocks=1).to(memory_format=layout)
    x = images(len(paths)).contiguous(memory_format=layout)
    with torch.no_grad():
        together = network(x)
        assert torch.equal(network.gates(x), torch.tensor(paths))
        for index, path in enumerate(paths):
            plain = network.subnet_for_path(path)
            one = slice(index, index + 1)
            torch.testing.assert_close(plain(x[one]), together[one], rtol=1e-5, atol=1e-6)
            assert not any("gating" in name for name, _ in plain.named_modules())


@pytest.mark.parametrize("make", MAKES)
def test_that_one_image_alone_is_answered_exactly_as_its_plain_network_does(make):
    network, x = undecided(make, 2), images(1)
    with torch.no_grad():
        plain = network.subnet_for_path(network.gates(x)[0].tolist())
        assert torch.equal(plain(x), network(x))


@pytest.mark.parametrize("make", MAKES)
def test_that_skipping_answers_what_running_all_blocks_with_factors_does(make):
    network, x = undecided(make, 2), images(16)
    with torch.no_grad():
        gates = network.gates(x)
        assert len(gates.unique(dim=0)) > 1
        program = torch.export.export(network, (x,)).module()
        torch.testing.assert_close(network(x), program(x), rtol=1e-5, atol=1e-6)


@pytest.mark.long
def test_that_the_onnx_file_answers_what_the_network_does(tmp_path):
    network, x = undecided(recurrent), images(16)
    with torch.no_grad():
        assert len(network.gates(x).unique(dim=0)) > 1
        expected = network(x).numpy()
    path = tmp_path / "model.onnx"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            network, (x[:2],), path, dynamo=True, verbose=False, external_data=False,
            dynamic_shapes=({0: torch.export.Dim("batch", min=1)},),
        )
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    got = session.run(None, {session.get_inputs()[0].name: x.numpy()})[0]
    assert abs(got - expected).max() < 1e-5


@pytest.mark.parametrize("make", MAKES)
def test_that_a_block_sees_only_the_images_that_take_it(make):
    paths = [[False] * 5, [True] * 5, [True, False] * 2 + [True], [False] * 5]
    network = forced(make, paths, num_blocks=2)
    seen = {}
    for index, block in enumerate(network.blocks()):
        block.register_forward_hook(
            lambda _, given, __, index=index: seen.update({index: len(given[0])})
        )
    with torch.no_grad():
        network.gating.paths = torch.tensor(paths)[:, [0, 1, 2, 3, 4, 4]]
        network(images(4))
        assert list(seen.values())[-network.num_gates :] == [2, 1, 2, 1, 2, 2][: network.num_gates]
        seen.clear()
        network.gating.paths = torch.zeros(4, 6, dtype=torch.bool)
        network(images(4))
        assert len(seen) == 6 - network.num_gates


@pytest.mark.parametrize("in_channels", [1, 3])
@pytest.mark.parametrize("size", [8, 28])
@pytest.mark.parametrize("make", MAKES)
def test_that_an_image_costs_the_multiply_adds_of_its_path(make, size, in_channels):
    network = undecided(make, 2, in_channels, size)
    base, blocks = network.path_multiply_adds(size)
    assert len(blocks) == network.num_gates
    with torch.no_grad():
        for x in images(4, in_channels, size).split(1):
            taken = network.gates(x)[0].tolist()
            with FlopCounterMode(display=False) as counter:
                network(x)
            expected = base + sum(itertools.compress(blocks, taken))
            assert counter.get_total_flops() == 2 * expected


@pytest.mark.parametrize("make", MAKES)
def test_that_a_blocks_cost_is_that_of_its_two_convolutions(make):
    network = make()
    assert network.path_multiply_adds(32)[1][-1] == 64 * 9 * (32 + 64) * 8 * 8
    assert network.path_multiply_adds((32, 64))[1][-1] == 64 * 9 * (32 + 64) * 8 * 16


@pytest.mark.parametrize("make", MAKES)
def test_that_a_path_of_another_length_is_refused(make):
    with pytest.raises(SpecError, match="blocks of this network, not 9"):
        make().subnet_for_path([True] * 9)


@pytest.mark.parametrize("make", MAKES)
def test_that_penalties_are_asked_in_train_mode_only(make):
    network = make()
    assert len(network.features(images()).penalties) == 1
    assert not network.eval().features(images()).penalties


@pytest.mark.parametrize("make", MAKES)
def test_that_gates_learn_from_the_logits_alone(make):
    torch.manual_seed(0)
    network = make(2)
    network.features(images(8)).logits[-1].square().sum().backward()
    for name, parameter in network.gating.named_parameters():
        unused = name.startswith(("embed.5", "each.5")) and isinstance(network, SkipNet)
        assert (parameter.grad is None) == unused, name


@pytest.mark.parametrize("make", MAKES)
def test_that_half_precision_autocast_trains_and_answers(make):
    network = make()
    with torch.autocast("cpu", torch.bfloat16):
        seen = network.features(images())
        loss = seen.logits[-1].float().square().sum() + sum(seen.penalties.values())
    loss.backward()
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
        assert undecided(make)(images()).isfinite().all()


def test_that_the_residual_is_what_a_block_adds():
    block = BasicBlock(4, 4, 1, lambda *_: nn.Identity()).eval()
    x = images(channels=4)
    with torch.no_grad():
        assert torch.equal(block(x), (residual(block, x) + x).relu())
