import re

import pytest
import torch
from safetensors.torch import save_file
from torchvision import models

from engine.backbones.pretrained import load_pretrained
from engine.registry import lookup
from engine.spec.errors import DataError


@pytest.fixture(autouse=True)
def _one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def hub(tmp_path, monkeypatch, no_network):
    """The folder in which torch keeps what it downloaded; the network cannot be reached."""
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    folder = tmp_path / "hub" / "checkpoints"
    folder.mkdir(parents=True)
    return folder


def make(name, num_classes=5, **options):
    entry = lookup("backbone", name)
    chosen = entry.parse_options(options)
    return entry.make(num_classes, 3, chosen).eval(), chosen


def loaded(name, weights, num_classes=5):
    network, options = make(name, num_classes, weights=str(weights))
    return network, load_pretrained(network, options)


def plain(name, num_classes=5, **arguments):
    return models.get_model(name, num_classes=num_classes, **arguments).eval()


def images(size=64):
    return torch.randn(2, 3, size, size, generator=torch.Generator().manual_seed(0))


def same(network, other):
    with torch.no_grad():
        return torch.equal(network(images()), other(images()))


def test_that_weights_with_auxiliary_heads_load_into_the_plain_network(tmp_path):
    whole = plain("googlenet", aux_logits=True, init_weights=False)
    torch.save(whole.state_dict(), tmp_path / "whole.pth")
    network, said = loaded("tv_googlenet", tmp_path / "whole.pth")
    assert same(network, whole)
    assert said == [f"tv_googlenet starts from the weights at {tmp_path / 'whole.pth'}"]


def test_that_a_classifier_for_other_classes_is_made_anew_and_that_is_said(tmp_path):
    trained = plain("squeezenet1_1", 7)
    torch.save(trained.state_dict(), tmp_path / "seven.pth")
    network, options = make("tv_squeezenet1_1", 5, weights=str(tmp_path / "seven.pth"))
    before = network.network.classifier[1].weight.clone()
    first, second = load_pretrained(network, options)
    assert torch.equal(network.network.classifier[1].weight, before)
    assert torch.equal(network.network.features[0].weight, trained.features[0].weight)
    assert "its classifier (classifier.1) starts from random weights" in second
    assert "classes than 5" in second
    assert first.startswith("tv_squeezenet1_1 starts from")


def test_that_what_is_exported_here_can_be_started_from(tmp_path):
    trained, _ = make("tv_shufflenet_v2_x0_5")
    save_file(dict(trained.state_dict()), tmp_path / "model.safetensors")
    network, _ = loaded("tv_shufflenet_v2_x0_5", tmp_path / "model.safetensors")
    assert same(network, trained)


def test_that_a_file_without_versions_is_taken_for_one_of_today(tmp_path):
    trained = plain("mnasnet0_5")
    save_file(dict(trained.state_dict()), tmp_path / "model.safetensors")
    network, _ = loaded("tv_mnasnet0_5", tmp_path / "model.safetensors")
    assert same(network, trained)


def test_that_the_old_names_in_densenets_are_understood(tmp_path):
    trained = plain("densenet121")
    names = re.compile(r"(denselayer\d+\.(?:norm|conv))([12])\.")
    old = {names.sub(r"\1.\2.", key): value for key, value in trained.state_dict().items()}
    assert old.keys() != trained.state_dict().keys()
    torch.save(old, tmp_path / "old.pth")
    network, _ = loaded("tv_densenet121", tmp_path / "old.pth")
    assert same(network, trained)


def test_that_without_weights_nothing_is_loaded_and_nothing_said():
    network, options = make("tv_squeezenet1_1")
    before = network.network.features[0].weight.clone()
    assert load_pretrained(network, options) == []
    assert torch.equal(network.network.features[0].weight, before)
    assert load_pretrained(*make("resnet8")) == []
    with torch.device("meta"):
        assert load_pretrained(*make("tv_squeezenet1_1", weights="/nowhere.pth")) == []


def test_that_the_default_weights_come_from_what_was_downloaded(hub):
    trained = plain("squeezenet1_1", 1000)
    url = models.SqueezeNet1_1_Weights.DEFAULT.url
    torch.save(trained.state_dict(), hub / url.rpartition("/")[2])
    network, said = loaded("tv_squeezenet1_1", "default", 1000)
    assert same(network, trained)
    assert said == ["tv_squeezenet1_1 starts from the default weights"]


@pytest.mark.usefixtures("hub")
def test_that_default_weights_need_the_network_and_say_so_in_one_line(capfd):
    with pytest.raises(DataError) as refused:
        loaded("tv_squeezenet1_1", "default")
    line = str(refused.value)
    assert line.startswith("the default weights of tv_squeezenet1_1 cannot be had (")
    assert "connect to the network, or set weights to a file" in line
    assert "\n" not in line
    assert capfd.readouterr().out == ""


def test_that_googlenet_sees_its_default_weights_own_colours():
    assert make("tv_googlenet", weights="default")[0].network.transform_input
    assert not make("tv_googlenet")[0].network.transform_input


def test_that_weights_that_are_not_there_are_refused(tmp_path):
    with pytest.raises(DataError, match=r"^there are no weights at .*gone.pth: name a \.pth or"):
        loaded("tv_squeezenet1_1", tmp_path / "gone.pth")


@pytest.mark.parametrize("name", ["bad.pth", "bad.safetensors"])
@pytest.mark.parametrize("content", [b"", b"not weights at all", bytes(range(256)) * 8, b"PK"])
def test_that_damaged_weights_are_refused_in_one_line(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError, match=r"^the weights at .* cannot be read: .+$"):
        loaded("tv_squeezenet1_1", tmp_path / name)


@pytest.mark.parametrize("held", [{"state_dict": 3}, [1, 2], {"epoch": 3}, {7: torch.ones(1)}])
def test_that_a_file_of_something_else_is_refused(tmp_path, held):
    torch.save(held, tmp_path / "checkpoint.pth")
    with pytest.raises(DataError, match=r"checkpoint.pth holds no state dict: save"):
        loaded("tv_squeezenet1_1", tmp_path / "checkpoint.pth")


@pytest.mark.parametrize(
    "saved",
    [lambda state: {"epoch": 3, "state_dict": state},
     lambda state: {f"module.{name}": tensor for name, tensor in state.items()}],
)
def test_that_what_training_scripts_save_is_understood(tmp_path, saved):
    trained = plain("squeezenet1_1", 10)
    torch.save(saved(trained.state_dict()), tmp_path / "checkpoint.pth")
    network, _ = loaded("tv_squeezenet1_1", tmp_path / "checkpoint.pth", 10)
    assert same(network, trained)


def test_that_peers_that_start_from_one_file_have_classifiers_of_their_own(tmp_path):
    trained = plain("squeezenet1_1", 10)
    torch.save(trained.state_dict(), tmp_path / "w.pth")
    network, options = make("tv_squeezenet1_1", 10, weights=str(tmp_path / "w.pth"))
    load_pretrained(network, options, own_classifier=True)
    own, given = network.network.state_dict(), trained.state_dict()
    differ = {name for name in own if not torch.equal(own[name], given[name])}
    assert differ == {"classifier.1.weight"}  # biases begin at 0 in both


def test_that_weights_of_another_network_are_refused_in_one_line(tmp_path):
    state = plain("shufflenet_v2_x0_5").state_dict()
    del state["conv1.0.weight"]
    torch.save(state, tmp_path / "less.pth")
    with pytest.raises(DataError, match=r"less.pth do not fit .*: they lack conv1.0.weight$"):
        loaded("tv_shufflenet_v2_x0_5", tmp_path / "less.pth")
    more = plain("shufflenet_v2_x0_5").state_dict() | {"one": torch.ones(1), "two": torch.ones(1)}
    torch.save(more, tmp_path / "more.pth")
    with pytest.raises(DataError, match=r"they have, unlike it, one and 1 more$"):
        loaded("tv_shufflenet_v2_x0_5", tmp_path / "more.pth")
    torch.save(plain("shufflenet_v2_x1_0").state_dict(), tmp_path / "wider.pth")
    with pytest.raises(DataError, match=r"wider.pth do not fit .*: size mismatch for .+$"):
        loaded("tv_shufflenet_v2_x0_5", tmp_path / "wider.pth")
