import math
from bisect import bisect_right
from itertools import accumulate

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from engine.backbones.backbone import count_parameters
from engine.backbones.early_exit import ExitHead
from engine.backbones.msdnet import GridCell, MSDNet, plan
from engine.registry import lookup

# kalviny/MSDNet-PyTorch, measured with its own counter: parameters and M multiply-adds up to each
# exit, the classifiers before it included, nothing evaluated lazily.
REFERENCE = {
    ("msdnet_anytime_7", 10): (
        [422266, 853572, 1240122, 1649108, 2120302, 2533592, 2986690],
        [15.13, 25.48, 37.06, 46.28, 57.28, 66.89, 75.86],
    ),
    ("msdnet_anytime_7", 100): (
        [433876, 876792, 1274952, 1695548, 2178352, 2603252, 3067960],
        [15.14, 25.51, 37.1, 46.33, 57.34, 66.96, 75.94],
    ),
    ("msdnet_anytime_10", 10): (
        [422266, 853572, 1346798, 1781396, 2221486, 2723784, 3288290, 3772068, 4273550, 4839544],
        [15.13, 25.48, 37.75, 52.02, 62.12, 74.0, 87.65, 99.95, 110.02, 121.56],
    ),
    ("msdnet_anytime_10", 100): (
        [433876, 876792, 1381628, 1827836, 2279536, 2793444, 3369560, 3864948, 4378040, 4955644],
        [15.14, 25.51, 37.79, 52.06, 62.18, 74.07, 87.73, 100.04, 110.12, 121.68],
    ),
    ("msdnet_budgeted_5", 10): (
        [288094, 626520, 983478, 1445984, 2020874],
        [6.85, 14.33, 27.5, 41.67, 58.42],
    ),
    ("msdnet_budgeted_5", 100): (
        [299704, 649740, 1018308, 1492424, 2078924],
        [6.86, 14.35, 27.54, 41.71, 58.48],
    ),
    ("msdnet_budgeted_7", 10): (
        [288094, 626520, 1076558, 1680760, 2326918, 2982584, 3885394],
        [6.85, 14.33, 27.26, 48.4, 76.37, 108.78, 137.2],
    ),
    ("msdnet_budgeted_7", 100): (
        [299704, 649740, 1111388, 1727200, 2384968, 3052244, 3966664],
        [6.86, 14.35, 27.29, 48.45, 76.43, 108.85, 137.28],
    ),
    ("msdnet_budgeted_8", 10): (
        [288094, 626520, 1076558, 1680760, 2335942, 3114624, 4023562, 5217684],
        [6.85, 14.33, 27.26, 48.4, 81.52, 112.57, 152.84, 192.6],
    ),
    ("msdnet_budgeted_8", 100): (
        [299704, 649740, 1111388, 1727200, 2393992, 3184284, 4104832, 5310564],
        [6.86, 14.35, 27.29, 48.45, 81.57, 112.64, 152.92, 192.69],
    ),
}


MEASURED = [  # each plan once: measuring takes time
    ("msdnet_anytime_7", 100), ("msdnet_anytime_10", 10), ("msdnet_budgeted_5", 100),
    ("msdnet_budgeted_7", 10), ("msdnet_budgeted_8", 100),
]
IMAGE = torch.empty(1, 3, 32, 32, device="meta")


def meta(name, num_classes):
    entry = lookup("backbone", name)
    with torch.device("meta"):
        return entry.make(num_classes, 3, entry.parse_options({})).eval()


def by_exit(network, value):
    """`value` of all parts up to each exit, the heads before it included."""
    totals = [0.0] * network.num_exits
    for path, module in network.named_modules():
        where, *index = path.split(".")
        if isinstance(module, GridCell):
            totals[bisect_right(network.ends, int(index[0]))] += value(path, module)
        elif isinstance(module, ExitHead):
            totals[int(index[0])] += value(path, module)
        elif where == "stem" and len(index) == 1:
            totals[0] += value(path, module)
    return list(accumulate(totals))


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
    return MSDNet(5, 3, (2, 3, 1, 1)).eval()


@pytest.mark.parametrize(("name", "num_classes"), REFERENCE)
def test_that_the_parameters_up_to_every_exit_are_the_repositorys(name, num_classes):
    network = meta(name, num_classes)
    expected, _ = REFERENCE[name, num_classes]
    assert count_parameters(network) == expected[-1]
    assert by_exit(network, lambda _, part: count_parameters(part)) == expected


@pytest.mark.long
@pytest.mark.parametrize(("name", "num_classes"), MEASURED)
def test_that_the_multiply_adds_up_to_every_exit_are_the_repositorys(name, num_classes):
    network = meta(name, num_classes)
    with FlopCounterMode(display=False, custom_mapping=THEIRS) as counter:
        network(IMAGE)
    counts = counter.get_flop_counts()
    all_ops = by_exit(network, lambda path, _: sum(counts[f"MSDNet.{path}"].values()) / 2e6)
    _, expected = REFERENCE[name, num_classes]
    assert [round(m, 2) for m in all_ops] == expected
    convolutions = by_exit(
        network, lambda path, _: counts[f"MSDNet.{path}"][aten.convolution] / 2e6
    )
    assert convolutions == pytest.approx(expected, rel=0.015)


def test_that_the_small_size_is_the_same_with_four_blocks():
    small, large = meta("msdnet_anytime_4", 10), meta("msdnet_anytime_7", 10)
    assert small.ends == large.ends[:4]
    assert small.num_exits == 4


def test_that_the_finest_scale_goes_after_every_third_of_the_layers():
    layers = plan(7)
    assert [layer.finest for layer in layers] == [0, 0, 0, 1, 1, 1, 2]
    assert [layer.drops for layer in layers] == [n in (3, 6) for n in range(7)]
    assert [layer.width for layer in layers] == [22, 28, 34, 20, 26, 32, 19]


@torch.no_grad()
@pytest.mark.parametrize("size", [8, 28])
def test_that_a_subnet_answers_exactly_what_its_exit_answers(small, size):
    logits = small.features(images(size)).logits
    for stage in range(small.num_exits):
        subnet = small.subnet(stage)
        assert subnet.num_exits == 1
        assert torch.equal(subnet(images(size)), logits[stage])


def test_that_a_subnet_has_the_weights_that_its_exit_depends_on_and_no_others(small):
    for stage in range(small.num_exits):
        small.zero_grad()
        small.features(images()).logits[stage].sum().backward()
        used = {name for name, p in small.named_parameters() if p.grad is not None}
        assert set(dict(small.subnet(stage).named_parameters())) == used


def test_that_a_subnet_leaves_out_the_finer_scales_just_before_its_exit(small):
    assert [list(cells) for cells in small.subnet(1).layers] == [
        ["0", "1", "2"], ["0", "1", "2"], ["0", "1", "2"], ["1", "2"], ["2"]
    ]


def test_that_a_subnet_multiplies_less_than_the_way_to_its_exit():
    with torch.device("meta"):
        network = MSDNet(5, 3, (2, 3, 1)).eval()
    with FlopCounterMode(display=False) as counter:
        walked = [counter.get_total_flops() for _ in network.exits(IMAGE)]
    alone = []
    for stage in range(network.num_exits):
        with FlopCounterMode(display=False) as counter:
            network.subnet(stage)(IMAGE)
        alone.append(counter.get_total_flops())
    assert walked[0] == alone[0]
    assert all(a < w for a, w in zip(alone[1:], walked[1:], strict=True))


@torch.no_grad()
def test_that_weights_of_a_subnet_are_copies(small):
    subnet = small.subnet(0)
    before = small(images())
    for parameter in subnet.parameters():
        parameter.zero_()
    assert torch.equal(small(images()), before)


@torch.no_grad()
def test_that_a_map_is_what_the_exit_reads_and_an_embedding_what_its_linear_layer_reads(small):
    features = small.features(images())
    for stage, head in enumerate(small.heads.values()):
        assert torch.equal(head.reduce(features.maps[stage]), features.exit_embeddings[stage])
        assert torch.equal(head.linear(features.exit_embeddings[stage]), features.logits[stage])


@torch.no_grad()
def test_that_the_exported_program_answers_at_every_exit(small):
    class AllExits(torch.nn.Module):
        def forward(self, x_BCHW):
            return small.features(x_BCHW).logits

    program = torch.export.export(AllExits(), (images(),)).module()
    for got, expected in zip(program(images()), small.features(images()).logits, strict=True):
        torch.testing.assert_close(got, expected)
