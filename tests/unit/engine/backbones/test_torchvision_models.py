import copy

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torchvision import models

from engine.backbones.backbone import count_parameters
from engine.backbones.flops import multiply_adds
from engine.exports.content import Content
from engine.exports.part import whole
from engine.registry import entries, lookup
from engine.spec.errors import SpecError
from engine.training.data import Images, Normalise

# Parameters at 1000 classes, as measured on torchvision 0.29.
COUNTS = {
    "resnet18": 11_689_512, "resnet34": 21_797_672, "resnet50": 25_557_032,
    "resnet101": 44_549_160, "wide_resnet50_2": 68_883_240, "resnext50_32x4d": 25_028_904,
    "vgg11_bn": 132_868_840, "vgg16_bn": 138_365_992, "mobilenet_v2": 3_504_872,
    "mobilenet_v3_large": 5_483_032, "mobilenet_v3_small": 2_542_856,
    "shufflenet_v2_x0_5": 1_366_792, "shufflenet_v2_x1_0": 2_278_604, "densenet121": 7_978_856,
    "squeezenet1_0": 1_248_424, "squeezenet1_1": 1_235_496, "googlenet": 6_624_904,
    "efficientnet_b0": 5_288_548, "efficientnet_v2_s": 21_458_488, "convnext_tiny": 28_589_128,
    "vit_b_16": 86_567_656, "swin_t": 28_288_354, "mnasnet1_0": 4_383_312,
    "inception_v3": 23_834_568, "alexnet": 61_100_840,
    "regnet_y_400mf": 4_344_144, "maxvit_t": 30_919_624,
}
WITH_AUXILIARIES = {"googlenet": 13_004_888, "inception_v3": 27_161_264}
QUICK = {
    "alexnet", "densenet121", "googlenet", "inception_v3", "mobilenet_v2", "regnet_y_400mf",
    "resnet18", "resnet50", "shufflenet_v2_x1_0", "squeezenet1_1", "swin_t", "vgg16_bn", "vit_b_16",
}
SMALL = ("squeezenet1_1", "shufflenet_v2_x0_5", "mobilenet_v3_small", "googlenet")


@pytest.fixture(autouse=True)
def _one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def make(name, num_classes=5, in_channels=3, device="cpu", **options):
    entry = lookup("backbone", f"tv_{name}")
    with torch.random.fork_rng(devices=[]), torch.device(device):
        torch.manual_seed(0)
        return entry.make(num_classes, in_channels, entry.parse_options(options))


@pytest.fixture(scope="module")
def built():
    """A function: a small network in eval mode, which tests only read."""
    known = {}

    def get(name):
        if name not in known:
            known[name] = make(name).eval()
        return known[name]

    return get


def images(size=32, channels=3):
    return torch.randn(2, channels, size, size, generator=torch.Generator().manual_seed(0))


def test_that_every_classifier_of_torchvision_is_a_backbone():
    cards = [e.card for e in entries("backbone") if e.card.facts.get("family") == "torchvision"]
    assert {card.name for card in cards} == {f"tv_{n}" for n in models.list_models(module=models)}
    assert all(card.paper and "unbranched" in card.traits for card in cards)
    assert {card.facts["input_size"] for card in cards} >= {224, 299}


@pytest.mark.long
@pytest.mark.parametrize("name", [
    pytest.param(name, marks=() if name in QUICK else pytest.mark.slow) for name in COUNTS
])
def test_that_the_parameters_are_those_of_torchvision(name):
    assert count_parameters(make(name, 1000, device="meta")) == COUNTS[name]


@pytest.mark.slow
@pytest.mark.parametrize("name", models.list_models(module=models))
def test_that_each_network_is_what_torchvision_says_of_it(name):
    meta = models.get_model_weights(name)["DEFAULT"].meta
    card = lookup("backbone", f"tv_{name}").card
    network = make(name, 1000, device="meta")
    heads = network.native_heads()
    trained = count_parameters(network) + (count_parameters(heads) if heads else 0)
    assert meta["num_params"] in (count_parameters(network), trained)
    size = card.facts["input_size"]
    assert multiply_adds(network, 3, size) / 1e9 == pytest.approx(meta["_ops"], abs=6e-4)
    seen = network.features(torch.empty(2, 3, size, size, device="meta"))
    assert tuple(m.shape[1] for m in seen.maps) == network.stage_channels
    assert all(a.shape[2] > b.shape[2] for a, b in zip(seen.maps[2:], seen.maps[3:], strict=False))
    assert seen.embedding.shape == (2, network.embedding_dim)
    assert seen.logits[0].shape == (2, 1000)


@pytest.mark.parametrize("name", WITH_AUXILIARIES)
def test_that_the_authors_auxiliary_heads_are_apart_and_read_the_first_maps(name):
    network = make(name, 1000, device="meta")
    with torch.device("meta"):
        heads = network.native_heads()
    assert count_parameters(network) == COUNTS[name]
    assert count_parameters(network) + count_parameters(heads) == WITH_AUXILIARIES[name]
    maps = network.features(torch.empty(2, 3, 32, 32, device="meta")).maps
    answers = [head(m) for head, m in zip(heads, maps, strict=False)]
    assert [tuple(answer.shape) for answer in answers] == [(2, 1000)] * len(heads)


def test_that_native_heads_answer_as_those_of_torchvision_in_training():
    whole = models.googlenet(num_classes=5, aux_logits=True, init_weights=False).train()
    network, x = make("googlenet").train(), images(64)
    heads = network.native_heads()
    shared = {k: v for k, v in whole.state_dict().items() if not k.startswith("aux")}
    network.network.load_state_dict(shared)
    heads[0].load_state_dict(whole.aux1.state_dict())
    heads[1].load_state_dict(whole.aux2.state_dict())
    for module in (*whole.modules(), *network.modules(), *heads.modules()):
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0
    expected = whole(x)
    seen = network.features(x)
    assert torch.equal(seen.logits[0], expected.logits)
    assert torch.equal(heads[0](seen.maps[0]), expected.aux_logits1)
    assert torch.equal(heads[1](seen.maps[1]), expected.aux_logits2)


def test_that_native_heads_are_new_and_start_as_torchvision_starts_them():
    network = make("googlenet", 5)
    first, second = network.native_heads(), network.native_heads()
    assert not torch.equal(first[0].fc1.weight, second[0].fc1.weight)
    assert first[0].fc1.weight.std().item() == pytest.approx(0.01, rel=0.02)
    assert "aux" not in " ".join(network.state_dict())


def test_that_inception_s_head_refuses_maps_that_it_cannot_read():
    network = make("inception_v3", device="meta", input_size=128)
    with pytest.raises(SpecError, match=r"reads maps of images of 299 × 299 pixels: leave"):
        network.native_heads()


def test_that_most_networks_have_no_heads_of_their_authors(built):
    assert built("squeezenet1_1").native_heads() is None


@pytest.mark.parametrize("name", SMALL)
def test_that_the_logits_are_those_of_the_plain_network_bit_for_bit(name, built):
    network, x = built(name), images()
    with torch.no_grad():
        expected = network.network(x)
        assert torch.equal(network(x), expected)
        assert torch.equal(network.features(x).logits[0], expected)
        assert torch.equal(network.subnet(0)(x), expected)
    assert expected.std() > 0
    assert not any(module._forward_hooks for module in network.modules())


@pytest.mark.parametrize("name", SMALL)
def test_that_the_head_reads_the_embedding(name, built):
    network = built(name)
    with torch.no_grad():
        seen = network.features(images())
        head = network.network.get_submodule(network.anatomy.head)
        if name == "squeezenet1_1":  # its head is a convolution, before the pooling
            assert torch.equal(seen.embedding, seen.maps[-1].mean(dim=(2, 3)))
        else:
            assert torch.equal(head(seen.embedding), seen.logits[0])
    assert seen.embedding.shape == (2, network.embedding_dim)


@pytest.mark.parametrize(("name", "stages"), [
    ("resnet18", [(64, 32), (64, 16), (128, 8), (256, 4), (512, 2)]),
    ("densenet121", [(64, 32), (256, 16), (512, 8), (1024, 4), (1024, 2)]),
    ("mobilenet_v2", [(16, 32), (24, 16), (32, 8), (96, 4), (1280, 2)]),
    ("vgg11_bn", [(64, 64), (128, 32), (256, 16), (512, 8), (512, 4)]),
    ("convnext_tiny", [(96, 16), (192, 8), (384, 4), (768, 2)]),
    ("googlenet", [(512, 4), (528, 4), (1024, 2)]),
])
def test_that_the_maps_are_the_ends_of_the_stages(name, stages):
    maps = make(name, device="meta").features(torch.empty(2, 3, 64, 64, device="meta")).maps
    assert [(m.shape[1], m.shape[2]) for m in maps] == stages


def test_that_swin_s_maps_have_their_channels_first():
    seen = make("swin_t", device="meta").features(torch.empty(2, 3, 32, 32, device="meta"))
    assert [tuple(m.shape[1:]) for m in seen.maps] == [
        (96, 56, 56), (192, 28, 28), (384, 14, 14), (768, 7, 7)
    ]


def test_that_a_network_of_tokens_has_an_embedding_and_no_maps():
    network = make("vit_b_32", device="meta")
    seen = network.features(torch.empty(2, 3, 32, 32, device="meta"))
    assert (seen.maps, network.stage_channels) == ((), ())
    assert (seen.embedding.shape, seen.logits[0].shape) == ((2, 768), (2, 5))


def test_that_gradients_reach_the_network_through_its_maps():
    network = make("shufflenet_v2_x0_5").train()
    network.features(images()).maps[1].square().sum().backward()
    assert network.network.conv1[0].weight.grad.abs().sum() > 0
    assert network.network.fc.weight.grad is None


def test_that_grey_images_are_shown_as_three_equal_colours(built):
    network, grey = make("squeezenet1_1", in_channels=1).eval(), images(channels=1)
    network.load_state_dict(built("squeezenet1_1").state_dict())
    with torch.no_grad():
        expected = built("squeezenet1_1")(grey.repeat(1, 3, 1, 1))
        assert torch.equal(network(grey), expected)
    with pytest.raises(SpecError, match=r"^tv_squeezenet1_1 reads images of 1 or 3 channels, not"):
        make("squeezenet1_1", in_channels=4)


def test_that_images_are_scaled_in_the_network_if_asked_for(built):
    network, x = make("squeezenet1_1", input_size=48).eval(), images()
    network.load_state_dict(built("squeezenet1_1").state_dict())
    with torch.no_grad():
        scaled = F.interpolate(x, (48, 48), mode="bilinear", align_corners=False)
        assert torch.equal(network(x), built("squeezenet1_1")(scaled))
        assert torch.equal(network(scaled), built("squeezenet1_1")(scaled))


@pytest.mark.parametrize(("name", "size"), [
    ("vit_b_16", 224), ("inception_v3", 299), ("alexnet", 224), ("resnet18", 0),
    ("efficientnet_v2_s", 0),
])
def test_that_networks_for_large_images_are_shown_large_ones(name, size):
    assert make(name, device="meta").input_size == size


def test_that_images_too_small_are_refused_in_one_line(built):
    with pytest.raises(SpecError, match=(
        r"^tv_squeezenet1_1 reads images of 17 × 17 pixels or more, not 8 × 8: set its option "
        r"input_size$"
    )):
        built("squeezenet1_1")(images(8))


@pytest.mark.parametrize(("name", "size"), [("vit_b_16", 100), ("alexnet", 40), ("maxvit_t", 100)])
def test_that_a_size_that_the_network_cannot_read_is_refused_when_it_is_made(name, size):
    with pytest.raises(SpecError, match=rf"cannot read images of {size} × {size} pixels: leave"):
        make(name, device="meta", input_size=size)


def test_that_transformers_are_made_for_the_size_asked_for():
    network = make("vit_b_32", device="meta", input_size=64)
    assert network(torch.empty(2, 3, 32, 32, device="meta")).shape == (2, 5)
    assert network.network.encoder.pos_embedding.shape[1] == 2 * 2 + 1


def test_that_making_a_network_looks_for_no_weights():
    network = make("shufflenet_v2_x0_5", device="meta", weights="/nowhere/at/all.pth")
    assert all(parameter.is_meta for parameter in network.parameters())


def test_that_making_the_first_of_a_kind_draws_no_more_random_numbers_than_the_second():
    from engine.backbones import torchvision_models

    torchvision_models._anatomy.cache_clear()
    states = [make("shufflenet_v2_x0_5").state_dict() for _ in range(2)]
    assert all(torch.equal(states[0][name], states[1][name]) for name in states[0])


def test_that_a_copy_has_its_own_features(built):
    network = built("shufflenet_v2_x0_5")
    other = copy.deepcopy(network)
    with torch.no_grad():
        other.network.conv1[0].weight.zero_()
        assert not torch.equal(other.features(images()).maps[0], network.features(images()).maps[0])


@pytest.mark.slow
def test_that_an_adapted_network_can_be_written_as_onnx(tmp_path):
    network = make("squeezenet1_1", in_channels=1, input_size=40).eval()
    entry = lookup("export", "onnx")
    written = entry.make(entry.parse_options({}))
    pixels = torch.randint(0, 256, (8, 8, 8, 1), dtype=torch.uint8)
    held = Images(pixels.numpy(), torch.arange(8).numpy(), None, torch.device("cpu"))
    content = Content(network, (8, 8, 1), held, Normalise((0.5,), (0.25,)), whole(), "abcdefgh")
    written.write(content, tmp_path / "model.onnx")
    x = content.feed(pixels)
    (answer_BK,) = written.open(tmp_path / "model.onnx", lambda: network).predict(x.numpy())
    with torch.no_grad():
        np.testing.assert_allclose(answer_BK, network(x).numpy(), atol=1e-4)
