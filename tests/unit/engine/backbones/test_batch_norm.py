import pytest
import torch
from torch import nn

from engine.backbones.batch_norm import frozen_statistics


def network():
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return nn.Sequential(
            nn.Conv2d(2, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten(),
            nn.BatchNorm1d(16), nn.Linear(16, 3),
        )


def images(seed=0):
    return torch.randn(5, 2, 4, 4, generator=torch.Generator().manual_seed(seed))


def buffers(module):
    return {name: value.clone() for name, value in module.named_buffers()}


def same(left, right):
    return left.keys() == right.keys() and all(torch.equal(left[n], right[n]) for n in left)


def test_that_frozen_norms_use_the_batch_and_remember_nothing():
    frozen, free = network().train(), network().train()
    before = buffers(frozen)
    with frozen_statistics(frozen):
        inside = frozen(images())
    assert torch.equal(inside, free(images()))
    assert same(buffers(frozen), before)
    assert not same(buffers(free), before)  # statistics and num_batches_tracked did move
    assert free[1].num_batches_tracked == 1


def test_that_afterwards_they_remember_again():
    frozen, free = network().train(), network().train()
    with frozen_statistics(frozen):
        frozen(images(1))
    frozen(images())
    free(images())
    assert same(buffers(frozen), buffers(free))


def test_that_norms_in_eval_mode_still_use_their_running_statistics():
    module = network().train()
    module(images(1))
    expected = module.eval()(images())
    with frozen_statistics(module):
        assert torch.equal(module(images()), expected)


def test_that_gradients_are_those_of_the_free_network():
    frozen, free = network().train(), network().train()
    with frozen_statistics(frozen):
        frozen(images()).square().sum().backward()
    free(images()).square().sum().backward()
    for one, other in zip(frozen.parameters(), free.parameters(), strict=True):
        assert torch.equal(one.grad, other.grad)


def test_that_one_context_within_another_ends_with_the_outer_one():
    module = network().train()
    before = buffers(module)
    with frozen_statistics(module):
        with frozen_statistics(module):
            module(images())
        module(images())
    assert same(buffers(module), before)
    assert all(m.track_running_stats for m in module if isinstance(m, nn.BatchNorm2d))


def test_that_a_fault_inside_leaves_the_norms_as_they_were():
    module = network().train()
    with pytest.raises(ZeroDivisionError), frozen_statistics(module):
        raise ZeroDivisionError
    assert module[1].track_running_stats


def test_that_norms_that_never_had_statistics_get_none():
    norm = nn.BatchNorm2d(2, track_running_stats=False).train()
    with frozen_statistics(norm):
        norm(images())
    assert not norm.track_running_stats
    assert norm.running_mean is None
