import math

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from engine.backbones.backbone import count_parameters
from engine.backbones.ranet import Flow, RANet, plan
from engine.registry import lookup

# yangle15/RANet-pytorch, measured with its own counter: parameters of the whole network, and
# M multiply-adds up to each exit, the classifiers before it included.
REFERENCE = {
    ("ranet_8exits", 10): (3261830, [15.81, 31.28, 44.66, 50.36, 60.65, 63.65, 90.17, 94.9]),
    ("ranet_8exits", 100): (3354710, [15.83, 31.31, 44.69, 50.4, 60.71, 63.72, 90.26, 95.0]),
    ("ranet_6exits", 10): (2547601, [8.36, 21.77, 32.84, 41.52, 53.23, 58.92]),
    ("ranet_6exits", 100): (2617261, [8.37, 21.79, 32.88, 41.57, 53.28, 58.99]),
}


def elements(shape, *_, **__):
    return 2 * math.prod(shape)


def linear(bias, a, b, *_, **__):
    return 2 * (a[0] * a[1] * b[1] + bias[0])


# The repository counts one also for each element that is rectified or pooled, and for each bias.
aten = torch.ops.aten
THEIRS = {aten.relu_: elements, aten.mean: elements, aten.addmm: linear}


def images(size=8):
    return torch.randn(2, 3, size, size, generator=torch.Generator().manual_seed(0))


@pytest.fixture
def small():
    torch.manual_seed(0)
    return RANet(5, 3, (Flow(1, 4), Flow(2, 2), Flow(2, 1)), 6 * (2,)).eval()


@pytest.mark.long
@pytest.mark.parametrize(("name", "num_classes"), [
    case if case[1] == 10 else pytest.param(*case, marks=pytest.mark.slow) for case in REFERENCE
])
def test_that_parameters_and_multiply_adds_of_every_exit_are_the_repositorys(name, num_classes):
    entry = lookup("backbone", name)
    with torch.device("meta"):
        network = entry.make(num_classes, 3, entry.parse_options({})).eval()
        image = torch.empty(1, 3, 32, 32)
    parameters, expected = REFERENCE[name, num_classes]
    assert count_parameters(network) == parameters
    with FlopCounterMode(display=False, custom_mapping=THEIRS) as counter:
        measured = [counter.get_total_flops() / 2e6 for _ in network.exits(image)]
    assert [round(m, 2) for m in measured] == expected
    assert network.num_exits == entry.card.facts["num_exits"] == len(expected)


def test_that_the_first_blocks_of_a_flow_read_the_trails_of_the_flow_before():
    first, second = plan((Flow(1, 4), Flow(2, 2)), (1, 2, 3, 4))
    assert [block.coarse_widths for block in first] == [(), ()]
    assert [block.coarse_widths for block in second] == [[64, 88], [88, 112, 136], (), ()]
    assert [block.num_layers for block in second] == [1, 2, 3, 4]


def test_that_a_flow_halves_its_maps_where_the_flows_before_end():
    flows = plan((Flow(1, 4), Flow(2, 2), Flow(3, 1), Flow(3, 1)), 8 * (4,))
    halving = [[n for n, block in enumerate(flow, 1) if block.halves] for flow in flows]
    assert halving == [[], [2], [2, 4], [4, 6]]


@torch.no_grad()
@pytest.mark.parametrize("size", [8, 28])
def test_that_a_subnet_answers_exactly_what_its_exit_answers(small, size):
    logits = small.features(images(size)).logits
    for stage in range(small.num_exits):
        assert torch.equal(small.subnet(stage)(images(size)), logits[stage])


def test_that_a_subnet_has_the_weights_that_its_exit_depends_on_and_no_others(small):
    for stage in range(small.num_exits):
        small.zero_grad()
        small.features(images()).logits[stage].sum().backward()
        used = {name for name, p in small.named_parameters() if p.grad is not None}
        assert set(dict(small.subnet(stage).named_parameters())) == used


@torch.no_grad()
def test_that_the_maps_that_the_exits_read_have_the_coarsest_edge(small):
    maps = small.features(images(32)).maps
    assert [map_BCHW.shape[2] for map_BCHW in maps] == 6 * [16]


@torch.no_grad()
@pytest.mark.slow
def test_that_the_exported_program_answers_at_every_exit(small):
    class AllExits(torch.nn.Module):
        def forward(self, x_BCHW):
            return small.features(x_BCHW).logits

    program = torch.export.export(AllExits(), (images(),)).module()
    for got, expected in zip(program(images()), small.features(images()).logits, strict=True):
        torch.testing.assert_close(got, expected)
