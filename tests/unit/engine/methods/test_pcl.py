import copy

import pytest
import torch
import torch.nn.functional as F

from engine.losses.mutual import kl_divergence
from engine.methods.pcl import Pcl, PclOptions
from engine.spec.errors import SpecError
from engine.spec.options import parse
from tests.batches import batch_for

OPTIONS = PclOptions(ramp_epochs=0, temperature=2.0)


@pytest.fixture
def system(setting):
    """A system whose averages are not what the networks are."""
    system = Pcl(setting, OPTIONS)
    with torch.no_grad():
        for parameter in system.averages.parameters():
            parameter.mul_(1.1)
    return system


def with_views(system, batch, step=0):
    return batch_for(system, batch.x_BCHW, batch.targets.y_B, step=step)


def answers(trunk, networks, views):
    seen = [n.tail(trunk.trunk(x)[-1]) for n, x in zip(networks, views, strict=True)]
    return [z for _, z, _ in seen], [logits for _, _, logits in seen]


def test_that_the_terms_are_the_equation(system, batch):
    own = with_views(system, batch)
    y = own.targets.y_B
    assert system.num_views == len(own.views) == 3
    loss = system.loss(own)
    z, logits = answers(system.deployable(), system.networks, own.views)
    _, means = answers(system.averages[0], system.averages, own.views)
    ensemble = system.ensemble(torch.cat(z, 1))
    told = sum(kl_divergence(ensemble, a, 2.0) for a in logits)
    taught = sum(
        kl_divergence(means[c], logits[b], 2.0) / 2 for b in range(3) for c in range(3) if c != b
    )
    assert list(loss.terms) == ["ce", "ensemble_ce", "ensemble_kl", "mean_kl"]
    torch.testing.assert_close(loss.terms["ce"], sum(F.cross_entropy(a, y) for a in logits))
    torch.testing.assert_close(loss.terms["ensemble_ce"], F.cross_entropy(ensemble, y))
    torch.testing.assert_close(loss.terms["ensemble_kl"], told)
    torch.testing.assert_close(loss.terms["mean_kl"], taught)
    assert torch.equal(loss.logits_BK, logits[0])


def test_that_teachers_get_no_gradient(system, batch, reached):
    terms = system.loss(with_views(system, batch)).terms
    networks = {
        n for n, _ in system.named_parameters() if n.startswith(("peers", "branches"))
    }
    assert reached(system, terms["ensemble_kl"]) == networks
    assert reached(system, terms["mean_kl"]) == networks
    ensemble = {"ensemble.weight", "ensemble.bias"}
    assert ensemble < reached(system, terms["ensemble_ce"])
    assert not any(p.requires_grad for p in system.averages.parameters())


def test_that_the_loss_leaves_the_averages_as_they_are(system, batch):
    before = copy.deepcopy(system.averages.state_dict())
    system.loss(with_views(system, batch))
    after = system.averages.state_dict()
    assert all(torch.equal(value, after[name]) for name, value in before.items())
    assert all(m.track_running_stats for m in system.averages.modules()
               if isinstance(m, torch.nn.BatchNorm2d))


def test_that_the_averages_start_as_the_networks_and_forget_the_start(setting, batch):
    system = Pcl(setting, OPTIONS)
    for average, network in zip(system.averages, system.networks, strict=True):
        expected = network.state_dict()
        assert all(torch.equal(v, expected[n]) for n, v in average.state_dict().items())
    own = with_views(system, batch, step=0)
    loss = system.loss(own)
    with torch.no_grad():
        for parameter in system.peers.parameters():
            parameter.add_(1.0)
    system.after_step(own, loss)
    expected = system.deployable().state_dict()
    for name, value in system.averages[0].named_parameters():
        assert torch.equal(value, expected[name])
    norm = "stages.0.0.bn1.running_mean"
    assert torch.equal(system.averages[0].state_dict()[norm], expected[norm])


@pytest.mark.parametrize(("step", "kept"), [(1, 0.5), (3, 0.75), (9, 0.8)])
def test_that_the_averages_keep_more_with_every_step_up_to_the_decay(setting, batch, step, kept):
    system = Pcl(setting, PclOptions(decay=0.8))
    before = copy.deepcopy(system.averages)
    own = with_views(system, batch, step=step)
    loss = system.loss(own)
    with torch.no_grad():
        for parameter in (*system.peers.parameters(), *system.branches.parameters()):
            parameter.add_(1.0)
    system.after_step(own, loss)
    for old, average, network in zip(before, system.averages, system.networks, strict=True):
        pairs = zip(old.parameters(), average.parameters(), network.parameters(), strict=True)
        for was, now, new in pairs:
            torch.testing.assert_close(now, kept * was + (1 - kept) * new)


def test_that_a_checkpoint_carries_the_averages(system, setting):
    other = Pcl(setting, OPTIONS)
    other.load_state_dict(system.state_dict())
    expected = system.averages.state_dict()
    assert all(torch.equal(v, expected[n]) for n, v in other.averages.state_dict().items())


def test_that_branches_ensemble_and_averages_are_removed(setting):
    removed = Pcl(setting, PclOptions()).removed_modules()
    assert list(removed) == [
        "branches.0", "branches.1", "ensemble", "averages.0", "averages.1", "averages.2"
    ]
    assert removed["ensemble"] == 3 * 64 * 10 + 10
    assert removed["averages.0"] == 78_042
    assert removed["averages.1"] == removed["branches.0"]


@pytest.mark.parametrize("values", [{"num_branches": 1}, {"decay": 1.0}, {"temperature": 0.0}])
def test_that_options_out_of_range_are_refused(values):
    with pytest.raises(SpecError):
        parse(PclOptions, values, "method.options")
