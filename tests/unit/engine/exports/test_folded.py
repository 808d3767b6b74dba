import pytest
import torch
from torch import nn

from engine.backbones.backbone import count_parameters
from engine.build import make_backbone
from engine.chores.export_choice import choose
from engine.chores.verify import verify_bundle
from engine.exports.bundle import write_bundle
from engine.exports.folded import fold_batch_norms, foldable, folded, folded_again
from engine.exports.part import reparameterized, whole
from engine.spec.errors import ExportError
from engine.spec.run_spec import BackboneSpec
from tests.unit.engine.exports.small import Small, small_shipment

X = torch.randn(2, 3, 8, 8, generator=torch.Generator().manual_seed(0))


def quietly(*_):
    return None


def alone(*layers):
    network = nn.Sequential(*layers).eval()
    for layer in network:
        if isinstance(layer, nn.BatchNorm2d):
            nn.init.normal_(layer.weight, 1.0)
            nn.init.normal_(layer.running_mean)
    return network


def test_that_a_folded_network_answers_alike_with_a_bias_in_place_of_a_norm():
    network = alone(nn.Conv2d(3, 5, 3, bias=False), nn.BatchNorm2d(5), nn.ReLU())
    assert foldable(network, X) == {"0": "1"}
    made = fold_batch_norms(network, {"0": "1"})
    with torch.no_grad():
        torch.testing.assert_close(made(X), network(X))
    assert count_parameters(made) == count_parameters(network) - 2 * 5 + 5
    assert isinstance(network[1], nn.BatchNorm2d)  # and was left as it is


class Twice(nn.Module):
    def __init__(self, *, conv=False, norm=False, both_read=False):
        super().__init__()
        self.conv, self.other = nn.Conv2d(3, 3, 1), nn.Conv2d(3, 3, 1)
        self.norm = nn.BatchNorm2d(3)
        self.shared_conv, self.shared_norm, self.both_read = conv, norm, both_read

    def forward(self, x):
        h = self.conv(x)
        y = self.norm(h)
        if self.shared_conv:
            y = y + self.conv(y)
        if self.shared_norm:
            y = self.norm(self.other(y))
        return y + h if self.both_read else y


@pytest.mark.parametrize("network", [
    Twice(conv=True), Twice(norm=True), Twice(both_read=True),
    alone(nn.BatchNorm2d(3), nn.Conv2d(3, 5, 3)),
    alone(nn.Conv2d(3, 5, 3), nn.ReLU(), nn.BatchNorm2d(5)),
], ids=["a shared convolution", "a shared norm", "read beside the norm", "before", "after a relu"])
def test_that_a_norm_that_is_no_convolutions_own_stays(network):
    assert foldable(network.eval(), X) == {}


def test_that_a_shared_pair_is_not_what_hinders_another():
    assert foldable(Twice().eval(), X) == {"conv": "norm"}


class Active(nn.BatchNorm2d):
    def forward(self, x):
        return super().forward(x).relu()


def test_that_a_norm_that_does_more_stays():
    assert foldable(alone(nn.Conv2d(3, 5, 3), Active(5)), X) == {}


def test_that_a_network_with_nothing_to_fold_is_refused():
    network = Small().eval()
    network.norm = nn.Identity()
    with pytest.raises(ExportError, match=r"^no batch norm alone follows a convolution: there is"):
        folded(whole(), network, X)
    with pytest.raises(ExportError, match=r"^the network has no conv with norm behind it$"):
        fold_batch_norms(network, {"conv": "norm"})


def test_that_folding_is_combined_with_branches_that_are_folded_already():
    network = make_backbone(BackboneSpec(name="repvgg_a0"), 4, 3)
    part = reparameterized(network)
    assert folded(part, network, X) is part
    branches = folded(whole(), network, X)
    assert len(branches.facts["folded_batch_norms"]) == 2 * 22


def test_that_a_folded_network_ships_proved_against_the_plain_one_folded_likewise(
    formats, tmp_path
):
    ship = small_shipment()
    ship = choose(None, ship, None, {"fold_bn": True}, quietly)
    before = count_parameters(ship.network)
    told = write_bundle(
        ship, formats("safetensors", "torchscript"), tmp_path / "b", quietly
    )
    part = told["part"]
    assert part["folded_batch_norms"] == {"conv": "norm"}
    assert part["params_before_folding"] == before
    assert told["params_deployed"] == told["params_plain"] == before - 2 * 8
    assert (part["params_left_out"], told["params_removed"]) == (0, 0)
    assert "of the network does not ship" not in (tmp_path / "b" / "README.md").read_text()
    assert part["name"] == "the whole network with 1 batch norm folded"
    for proof in told["formats"].values():
        assert (proof["top1_agreement"], proof["graph"]["beyond_plain"]) == (1.0, 0)
        assert proof["max_abs_logit_diff"] <= 1e-4
    card = (tmp_path / "b" / "README.md").read_text()
    assert f"(1 of them): {before:,} parameters became {before - 16:,}" in card
    again = folded_again(whole(), part["folded_batch_norms"])
    assert again.name == part["name"]


def test_that_a_folded_bundle_is_verified_from_itself(shipment, formats, tmp_path):
    ship = choose(None, shipment, None, {"fold_bn": True, "temperature": None}, quietly)
    write_bundle(ship, formats("safetensors"), tmp_path / "b", quietly)
    # The shipment's spec names no backbone but the default, which it has.
    result = verify_bundle(tmp_path / "b", tmp_path, quietly)
    assert (result["verified"], result["fault"]) == (True, "")
    assert result["formats"]["safetensors"]["top1_agreement"] == 1.0
