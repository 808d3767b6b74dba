import pytest
import torch

from engine.backbones.backbone import count_parameters
from engine.methods.branches import BranchedMethod, answers
from engine.spec.errors import SpecError
from tests.unit.engine.methods.dynamic import around


def test_that_the_first_branch_is_the_last_stage_of_the_network_that_ships(setting, batch):
    system = BranchedMethod(setting, 3).eval()
    networks, ship = system.networks, system.deployable()
    assert len(networks) == 3
    assert networks[0] is ship
    h = ship.trunk(batch.x_BCHW)[-1]
    embeddings, logits = answers(networks, [h] * 3)
    features = ship.features(batch.x_BCHW)
    assert torch.equal(logits[0], features.logits[-1])
    assert torch.equal(embeddings[0], features.embedding)


def test_that_a_branch_is_the_last_stage_of_a_network_of_its_own(setting, batch):
    system = BranchedMethod(setting, 3).eval()
    h = system.networks[0].trunk(batch.x_BCHW)[-1]
    for i, branch in enumerate(system.branches, start=1):
        whole = setting.make_backbone(i).eval()
        assert torch.equal(branch.tail(h)[2], whole.tail(h)[2])
        last = count_parameters(whole.stages[-1]) + count_parameters(whole.head)
        assert count_parameters(branch) == last


def test_that_branches_are_removed_one_by_one(setting):
    branch = count_parameters(BranchedMethod(setting, 3).branches[0])
    assert BranchedMethod(setting, 3).removed_modules() == {
        "branches.0": branch, "branches.1": branch
    }


def test_that_a_network_that_cannot_be_cut_is_refused(setting):
    with pytest.raises(SpecError, match="cut before its last stage"):
        BranchedMethod(around(setting, "slimmable_resnet20"), 3)


@pytest.mark.parametrize(
    "backbone",
    [
        "wrn_16_2", "densenet_bc_100_12", "mobilenet_v2_x0_5_repdistiller",
        "shufflenet_v2_x0_5_chenyaofo", "repvgg_a0",
    ],
)
def test_that_other_families_branch_too(setting, backbone):
    system = BranchedMethod(around(setting, backbone), 2).eval()
    x = torch.randn(2, 3, 32, 32)
    ship, branch = system.networks
    with torch.no_grad():
        assert torch.equal(ship(x), ship.tail(ship.trunk(x)[-1])[2])
        whole = around(setting, backbone).make_backbone(1).eval()
        h = ship.trunk(x)[-1]
        assert torch.equal(branch.tail(h)[2], whole.tail(h)[2])
