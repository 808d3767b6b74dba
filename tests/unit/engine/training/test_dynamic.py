import numpy as np
import pytest
import torch

from engine.registry import lookup
from engine.training.data import Images, Normalise
from engine.training.dynamic import cost_curves, mean_path_cost
from engine.training.evaluate import logits_of

CPU = torch.device("cpu")
NORMALISE = Normalise((0.5,) * 3, (0.25,) * 3)


def make(name):
    entry = lookup("backbone", name)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return entry.make(4, 3, entry.parse_options({}))


def images(count, seed=0):
    rng = np.random.default_rng(seed)
    pixels = rng.integers(0, 256, (count, 8, 8, 3), dtype=np.uint8)
    return Images(pixels, rng.integers(0, 4, count), None, CPU)


def test_that_a_network_with_one_exit_has_no_curve():
    assert cost_curves(make("resnet8"), images(8), images(9), NORMALISE, 8) == []


def test_that_exits_passed_one_after_the_other_have_both_curves():
    network = make("msdnet_anytime_4")
    anytime, budgeted = cost_curves(network, images(20, 1), images(24), NORMALISE, 8)
    assert network.training
    assert (anytime.kind, budgeted.kind) == ("anytime", "budgeted")
    assert len(anytime.cost) == network.num_exits
    assert list(anytime.cost) == sorted(anytime.cost)
    right = logits_of(network, images(24), NORMALISE).argmax(1) == images(24).labels_N
    assert anytime.top1[-1] == pytest.approx(100 * float(right.float().mean()))
    for cost, shares in zip(budgeted.cost, budgeted.shares, strict=True):
        assert cost == pytest.approx(np.dot(shares, anytime.cost))


def test_that_without_held_out_images_there_is_no_budgeted_curve():
    nothing = images(20).labels_N[:0].numpy()
    none = Images(np.zeros((0, 8, 8, 3), np.uint8), nothing, None, CPU)
    [curve] = cost_curves(make("msdnet_anytime_4"), none, images(8), NORMALISE, 8)
    assert curve.kind == "anytime"


def test_that_widths_are_alternatives_and_have_no_budgeted_curve():
    [curve] = cost_curves(make("slimmable_resnet20"), images(8), images(9), NORMALISE, 8)
    assert len(curve.cost) == 4


def test_that_a_skipping_network_pays_for_the_blocks_it_takes():
    network = make("aig_resnet20")
    [curve] = cost_curves(network, images(8), images(16), NORMALISE, 8)
    base, per_block = network.path_multiply_adds(8)
    gates = network.eval().gates(NORMALISE(images(16).take(torch.arange(16))[0]))
    expected = base + np.mean([sum(np.array(per_block)[g]) for g in gates.numpy()])
    assert curve.cost == (pytest.approx(expected),)
    assert mean_path_cost(network, images(16), NORMALISE, 8) == pytest.approx(expected)
    assert base <= expected <= base + sum(per_block)
