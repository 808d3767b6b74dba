import torch

from engine.build import make_backbone
from engine.exports.averaged import mean_state, renew_statistics
from engine.spec.run_spec import BackboneSpec


def test_that_weights_are_averaged_and_counters_are_the_last():
    states = [{"w": torch.tensor([1.0, 4.0]), "n": torch.tensor(3)},
              {"w": torch.tensor([2.0, 8.0]), "n": torch.tensor(5)}]
    mean = mean_state(states)
    assert mean["w"].tolist() == [1.5, 6.0]
    assert (mean["w"].dtype, int(mean["n"])) == (torch.float32, 5)


def test_that_statistics_are_taken_anew_over_all_batches():
    torch.manual_seed(0)
    network = make_backbone(BackboneSpec(name="resnet8"), 4, 3)
    batches = [2 + 3 * torch.randn(16, 3, 8, 8) for _ in range(3)]
    norm, momentum = network.stem[1], network.stem[1].momentum
    renew_statistics(network, batches)
    maps = torch.stack([network.stem[0](x) for x in batches])
    torch.testing.assert_close(norm.running_mean, maps.mean((0, 1, 3, 4)))
    torch.testing.assert_close(norm.running_var, maps.var((1, 3, 4)).mean(0))
    assert norm.momentum == momentum
    assert not any(module.training for module in network.modules())

