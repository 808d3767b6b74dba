from importlib.util import find_spec

import pytest
import torch

from engine.backbones.backbone import count_parameters
from engine.backbones.pretrained import load_pretrained
from engine.registry import entries, lookup
from engine.spec.errors import DataError, SpecError

needs_timm = pytest.mark.skipif(find_spec("timm") is None, reason="timm is not installed")

# As measured on timm 1.0.31.
COUNTS = {
    "resnet18": 11_689_512, "resnet18d": 11_708_744, "mobilenetv2_100": 3_504_872,
    "convnext_atto": 3_695_520, "vit_tiny_patch16_224": 5_717_416, "regnety_004": 4_344_144,
    "repvgg_a0": 9_108_968, "mobilenetv1_100": 4_231_976, "resnet34": 21_797_672,
    "resnet50": 25_557_032, "resnet50d": 25_576_264, "mobilenetv3_large_100": 5_483_032,
    "densenet121": 7_978_856, "efficientnet_b0": 5_288_548, "convnext_tiny": 28_589_128,
    "vit_small_patch16_224": 22_050_664, "deit_tiny_patch16_224": 5_717_416,
}


def make(name, num_classes=5, in_channels=3, device="cpu", **options):
    entry = lookup("backbone", f"timm_{name}")
    with torch.device(device):
        return entry.make(num_classes, in_channels, entry.parse_options(options))


@pytest.mark.skipif(find_spec("timm") is not None, reason="timm is installed")
def test_that_without_timm_there_are_none_of_its_networks():
    assert not [e for e in entries("backbone") if e.card.name.startswith("timm_")]
    with pytest.raises(SpecError, match="unknown backbone 'timm_resnet18'"):
        lookup("backbone", "timm_resnet18")


@needs_timm
def test_that_every_network_of_timm_is_a_backbone_that_is_counted_on_demand():
    import timm

    cards = [e.card for e in entries("backbone") if e.card.facts.get("family") == "timm"]
    assert {card.name for card in cards} == {f"timm_{name}" for name in timm.list_models()}
    assert all(card.facts["multiply_adds"] == [] for card in cards)


@needs_timm
@pytest.mark.parametrize("name", COUNTS)
def test_that_the_parameters_are_those_of_timm(name):
    assert count_parameters(make(name, 1000, device="meta")) == COUNTS[name]


@needs_timm
@pytest.mark.parametrize(("name", "stages"), [
    ("resnet18", [(64, 32), (64, 16), (128, 8), (256, 4), (512, 2)]),
    ("convnext_atto", [(40, 16), (80, 8), (160, 4), (320, 2)]),
    ("vit_tiny_patch16_224", []),
])
def test_that_the_maps_are_the_ends_of_the_stages(name, stages):
    network = make(name, device="meta")
    seen = network.features(torch.empty(2, 3, 64, 64, device="meta"))
    assert [(m.shape[1], m.shape[2]) for m in seen.maps] == stages
    assert seen.embedding.shape == (2, network.embedding_dim)
    assert seen.logits[0].shape == (2, 5)


@needs_timm
@pytest.mark.parametrize(("name", "size"), [("test_resnet", 32), ("test_vit", 160)])
def test_that_grey_images_are_read_and_the_logits_are_those_of_the_plain_network(name, size):
    network, grey = make(name, in_channels=1).eval(), torch.randn(2, 1, size, size)
    with torch.no_grad():
        expected = network.network(grey.repeat(1, 3, 1, 1))
        assert torch.equal(network(grey), expected)
        assert torch.equal(network.features(grey).logits[0], expected)


@needs_timm
def test_that_networks_of_one_size_are_made_for_it_or_refuse_it():
    assert make("test_vit", device="meta").input_size == 160
    assert make("test_vit", device="meta", input_size=64).network.pos_embed.shape[1] == 4 * 4 + 1
    with pytest.raises(SpecError, match=r"^timm_test_vit cannot read images of 3 × 3 pixels"):
        make("test_vit", device="meta", input_size=3)


@needs_timm
def test_that_weights_of_a_file_are_loaded_and_others_need_the_network(
    tmp_path, monkeypatch, no_network
):
    trained = make("test_resnet", 7)
    torch.save(trained.network.state_dict(), tmp_path / "weights.pth")
    entry = lookup("backbone", "timm_test_resnet")
    options = entry.parse_options({"weights": str(tmp_path / "weights.pth")})
    network = entry.make(5, 3, options)
    said = load_pretrained(network, options)
    assert torch.equal(network.network.conv1[0].weight, trained.network.conv1[0].weight)
    assert "another number of classes than 5" in said[1]
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    options = entry.parse_options({"weights": "default"})
    with pytest.raises(DataError, match="the default weights of timm_test_resnet cannot be had"):
        load_pretrained(network, options)
