import threading

import pytest
import torch

from tests.batches import batch_for
from tests.contract.systems import make_system


@pytest.fixture
def threads():
    before = torch.get_num_threads()
    yield torch.set_num_threads
    torch.set_num_threads(before)


def batch(system):
    draws = torch.Generator().manual_seed(1)
    x = torch.randn(6, 3, 8, 8, generator=draws).to(memory_format=torch.channels_last)
    return batch_for(system, x, torch.arange(6) % 3, step=5)


def learn(system):
    """Loss terms and gradients of the third of three steps, which forget their gradients."""
    for _ in range(3):
        system.zero_grad()
        loss = system.loss(batch(system))
        loss.total.backward()
    terms = {name: term.item() for name, term in loss.terms.items()}
    return terms, {name: p.grad for name, p in system.named_parameters()}


@pytest.mark.parametrize(
    ("method", "options", "backbone"), [
        ("dml", {}, "resnet8"),
        ("dml", {"num_peers": 3}, "resnet8"),
        ("dml", {}, "sdn_resnet56"),  # several exits
        ("kdcl", {}, "resnet8"),
        ("sila_dml", {"beta": 1.0}, "resnet8"),
    ],
)
def test_that_peers_on_threads_of_their_own_learn_the_same(threads, method, options, backbone):
    threads(1)
    one_after_the_other = make_system(method, options, backbone)
    expected_terms, expected = learn(one_after_the_other)
    threads(3)
    side_by_side = make_system(method, options, backbone)
    terms, gradients = learn(side_by_side)
    # The losses are sums over another number of threads; of a peer everything is the same.
    assert terms == pytest.approx(expected_terms, rel=1e-5)
    for name, gradient in gradients.items():
        torch.testing.assert_close(gradient, expected[name], rtol=1e-4, atol=1e-6)
    for buffer, same in zip(side_by_side.buffers(), one_after_the_other.buffers(), strict=True):
        assert torch.equal(buffer, same)
    assert torch.get_num_threads() == 3
    again = make_system(method, options, backbone)
    assert learn(again)[0] == terms


def threads_that_run(system):
    """Names of the threads in which peers run, step after step."""
    names = []
    for peer in system.peers:
        run = peer.features
        peer.features = lambda x, run=run: names.append(threading.current_thread().name) or run(x)
    learn(system)
    return [name.split("_")[0] for name in names]


@pytest.mark.long
def test_that_peers_run_at_the_same_time_where_each_has_a_thread(threads):
    threads(1)
    assert threads_that_run(make_system("dml", {}, "resnet8")) == ["MainThread"] * 6
    threads(2)
    # Before the first step copies are asked whether they draw random numbers.
    asked = ["MainThread"] * 2
    assert threads_that_run(make_system("dml", {}, "resnet8")) == asked + ["peer"] * 6
    assert threads_that_run(make_system("dml", {"num_peers": 3}, "resnet8")) == ["MainThread"] * 9


@pytest.mark.long
def test_that_networks_that_draw_random_numbers_run_one_after_the_other(threads):
    threads(2)
    system = make_system("dml", {}, "aig_resnet20")
    assert threads_that_run(system) == ["MainThread"] * 7


def test_that_bfloat16_reaches_the_threads(threads):
    threads(2)
    system = make_system("dml", {}, "resnet8")
    for _ in range(2):
        with torch.autocast("cpu", torch.bfloat16):
            seen = system.peers.features(batch(system).x_BCHW)
        assert {features.logits[0].dtype for features in seen} == {torch.bfloat16}


def test_that_a_fault_in_a_peer_is_raised(threads):
    threads(2)
    system = make_system("dml", {}, "resnet8")
    learn(system)
    with pytest.raises(RuntimeError, match="expected input"):
        system.peers.features(torch.randn(2, 5, 8, 8))
