import math

import pytest
import torch
import torch.nn.functional as F
from torch.utils.flop_counter import FlopCounterMode

from engine.backbones.backbone import count_parameters
from engine.backbones.sdn import FeatureReduction
from engine.registry import lookup

# yigitcankaya/Shallow-Deep-Networks, measured with its own profiler: parameters of the whole
# network, and operations in G up to each exit, the classifiers before it included.
REFERENCE = {
    ("sdn_resnet56", 10): (891676, [
        0.038937338, 0.076957166, 0.1127946, 0.1506882, 0.18646573, 0.22430353, 0.25266603]),
    ("sdn_resnet56", 100): (1220626, [
        0.038983323, 0.07704915, 0.11297866, 0.15096435, 0.18692611, 0.22494815, 0.2533221]),
    ("sdn_vgg16", 10): (15468683, [
        0.07947366, 0.19297177, 0.3064105, 0.38204724, 0.49551463, 0.5710797, 0.62878]),
    ("sdn_vgg16", 100): (17450753, [
        0.07965789, 0.19352454, 0.30770046, 0.38407436, 0.49901623, 0.57494974, 0.63274217]),
    ("sdn_wrn_32_4", 10): (7547500, [
        0.40041164, 0.7032238, 1.0857472, 1.3881856, 1.770453, 2.0727336, 2.3749764]),
    ("sdn_wrn_32_4", 100): (8861410, [
        0.40059587, 0.7035922, 1.0864841, 1.389291, 1.7722956, 2.0753133, 2.3776023]),
    ("sdn_mobilenet", 10): (3483520, [
        0.12613016, 0.2280755, 0.33002907, 0.48966655, 0.6712484, 0.7509832]),
    ("sdn_mobilenet", 100): (5972380, [
        0.12649871, 0.22918124, 0.33260924, 0.49372122, 0.6760402, 0.75595915]),
}
# The same profiler, M parameters up to each exit; it overlooks the mixing weights of the pooling.
PARAMETERS = {
    ("sdn_resnet56", 10): [0.021722, 0.04298, 0.10443, 0.1838, 0.362882, 0.669068, 0.89167],
    ("sdn_resnet56", 100): [0.044852, 0.08924, 0.19686, 0.3224, 0.593732, 0.992168, 1.22062],
    ("sdn_vgg16", 10): [0.049226, 0.291668, 1.21891, 1.850472, 5.474418, 7.85574, 15.468678],
    ("sdn_vgg16", 100): [0.141476, 0.568328, 1.8643, 2.864592, 7.225908, 9.79164, 17.450748],
    ("sdn_wrn_32_4", 10): [0.206378, 0.364852, 0.911166, 1.523016, 2.778706, 5.182044, 7.547494],
    ("sdn_wrn_32_4", 100): [0.298628, 0.549352, 1.280076, 2.076336, 3.700756, 6.472824, 8.861404],
    ("sdn_mobilenet", 10): [0.051146, 0.195668, 0.68131, 1.30084, 2.411378, 3.483516],
    ("sdn_mobilenet", 100): [0.235556, 0.748808, 1.97182, 3.32872, 4.807988, 5.972376],
}
NAMES = sorted({name for name, _ in REFERENCE})


def make(name, num_classes=10, device="cpu"):
    entry = lookup("backbone", name)
    torch.manual_seed(0)
    with torch.device(device):
        return entry.make(num_classes, 3, entry.parse_options({})).eval()


def convolution(x, weight, bias, stride, padding, dilation, transposed, out, groups, out_shape):
    """Multiplications, additions and biases, and all that again for each group."""
    per_element = 2 * math.prod(weight[1:]) - 1 + (bias is not None)
    return math.prod(out_shape) * per_element * groups


def linear(bias, a, b, *_, **__):
    return (2 * a[1] - 1) * b[1]


def elements(times):
    return lambda shape, *_, **__: times * math.prod(shape)


aten = torch.ops.aten
THEIRS = {
    aten.convolution: convolution, aten.addmm: linear,
    aten.relu: elements(1), aten.relu_: elements(1),
    aten.native_batch_norm: elements(2), aten._native_batch_norm_legit_no_training: elements(2),
    aten.max_pool2d_with_indices: lambda shape, kernel, *_, out_shape, **__: (
        (kernel[0] - 1) * math.prod(out_shape[0])),
}


def images(size=8):
    return torch.randn(2, 3, size, size, generator=torch.Generator().manual_seed(0))


def counts(network, custom=None):
    with FlopCounterMode(display=False, custom_mapping=custom) as counter:
        image = torch.empty(1, 3, 32, 32, device="meta")
        return [counter.get_total_flops() for _ in network.exits(image)]


@pytest.mark.parametrize(("name", "num_classes"), REFERENCE)
def test_that_parameters_and_operations_of_every_exit_are_the_repositorys(name, num_classes):
    network = make(name, num_classes, "meta")
    parameters, gops = REFERENCE[name, num_classes]
    assert count_parameters(network) == parameters
    assert [n / 1e9 for n in counts(network, THEIRS)] == pytest.approx(gops, rel=5e-4)
    upto, seen = [], 0
    for stage, part in enumerate(network.parts):
        head = network.heads[str(stage)]
        seen += count_parameters(part) + count_parameters(head)
        seen -= getattr(head.reduce, "mix", None) is not None
        upto.append(seen / 1e6)
    assert upto == pytest.approx(PARAMETERS[name, num_classes], rel=1e-6)


@pytest.mark.parametrize("name", ["sdn_resnet56", "sdn_vgg16", "sdn_wrn_32_4"])
def test_that_an_operation_of_theirs_is_half_a_multiply_add(name):
    multiply_adds = [n / 2e9 for n in counts(make(name, 10, "meta"))]
    _, gops = REFERENCE[name, 10]
    assert [2 * m for m in multiply_adds] == pytest.approx(gops, rel=0.015)
    assert [m / multiply_adds[-1] for m in multiply_adds[:-1]] == pytest.approx(
        [0.15, 0.30, 0.45, 0.60, 0.75, 0.90], abs=0.04
    )


def test_that_the_repository_counts_mobilenets_depthwise_convolutions_once_a_channel():
    *_, multiply_adds = counts(make("sdn_mobilenet", 10, "meta"))
    _, gops = REFERENCE["sdn_mobilenet", 10]
    assert round(multiply_adds / 2e6, 2) == 46.62
    assert gops[-1] * 1e9 > 8 * multiply_adds


@torch.no_grad()
@pytest.mark.parametrize("name", NAMES)
def test_that_a_subnet_answers_exactly_what_its_exit_answers(name):
    network = make(name)
    for size in (8, 28):
        logits = network.features(images(size)).logits
        for stage in (0, network.num_exits - 2, -1):
            assert torch.equal(network.subnet(stage)(images(size)), logits[stage])


def test_that_a_subnet_has_the_weights_that_its_exit_depends_on_and_no_others():
    network = make("sdn_resnet56")
    for stage in range(network.num_exits):
        network.zero_grad()
        network.features(images()).logits[stage].sum().backward()
        used = {name for name, p in network.named_parameters() if p.grad is not None}
        assert set(dict(network.subnet(stage).named_parameters())) == used


@pytest.mark.parametrize("size", [4, 8, 16, 32])
def test_that_a_map_is_reduced_by_mixed_pooling_in_windows_side_by_side(size):
    reduction, x = FeatureReduction(edge=16), images(size)
    edge, mix = size // 4, reduction.mix
    expected = mix * F.max_pool2d(x, edge) + (1 - mix) * F.avg_pool2d(x, edge)
    torch.testing.assert_close(reduction(x), expected.flatten(1))


def test_that_a_map_smaller_than_4_is_read_as_it_is():
    reduction, x = FeatureReduction(edge=2), images(2)
    assert list(reduction.parameters()) == []
    assert torch.equal(reduction(x), x.flatten(1))


@pytest.mark.parametrize("size", [(1, 1), (2, 3), (5, 7), (14, 4), (33, 9)])
def test_that_a_map_of_any_size_is_reduced_to_4_by_4(size):
    x = torch.ones(2, 3, *size)
    torch.testing.assert_close(FeatureReduction(edge=8)(x), torch.ones(2, 3 * 16))


def test_that_the_last_row_and_column_of_an_odd_map_are_read():
    x = torch.zeros(1, 1, 7, 7)
    x[..., 6, 6] = 1
    assert FeatureReduction(edge=8)(x)[0, -1] > 0


@pytest.mark.parametrize(("name", "rate"), [("sdn_vgg16", 0.5), ("sdn_wrn_32_4", 0.3)])
def test_that_the_authors_dropout_is_the_default(name, rate):
    dropouts = [m for m in make(name, device="meta").modules() if isinstance(m, torch.nn.Dropout)]
    assert {m.p for m in dropouts} == {rate}


@torch.no_grad()
def test_that_the_exported_program_answers_at_every_exit():
    network = make("sdn_vgg16")

    class AllExits(torch.nn.Module):
        def forward(self, x_BCHW):
            return network.features(x_BCHW).logits

    program = torch.export.export(AllExits(), (images(),)).module()
    for got, expected in zip(program(images()), network.features(images()).logits, strict=True):
        torch.testing.assert_close(got, expected)
