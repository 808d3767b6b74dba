import math

import pytest
import torch
from torch import nn

from engine.spec.options import parse
from engine.spec.run_spec import TrainingSpec
from engine.training.optim import learning_rate, make_optimizer, set_learning_rate

STEPS = 100


def recipe(**values):
    return parse(TrainingSpec, {"lr": 0.8, "epochs": 10, **values}, "training")


@pytest.mark.parametrize(
    ("values", "points"),
    [
        ({"schedule": "constant"}, {0: 0.8, 50: 0.8, 99: 0.8}),
        ({"schedule": "cosine"},
         {0: 0.8, 25: 0.4 * (1 + math.sqrt(0.5)), 50: 0.4, 75: 0.4 * (1 - math.sqrt(0.5))}),
        ({"schedule": "cosine", "warmup_epochs": 1},
         {0: 0.8 / 11, 4: 0.8 * 5 / 11, 9: 0.8 * 10 / 11, 10: 0.8, 55: 0.4}),
        ({"schedule": "constant", "warmup_epochs": 0.5}, {0: 0.8 / 6, 4: 0.8 * 5 / 6, 5: 0.8}),
        ({"schedule": "multistep"}, {0: 0.8, 49: 0.8, 50: 0.08, 74: 0.08, 75: 0.008, 99: 0.008}),
        ({"schedule": "multistep", "milestones": [0.9, 0.2], "gamma": 0.5},
         {19: 0.8, 20: 0.4, 89: 0.4, 90: 0.2}),
        ({"schedule": "multistep", "milestones": []}, {0: 0.8, 99: 0.8}),
        ({"schedule": "one_cycle"}, {0: 0.8 / 25, 15: 0.8 * (1 + 1 / 25) / 2, 30: 0.8,
                                     65: 0.8 * (1 + 1e-5) / 2}),
    ],
    ids=str,
)
def test_that_the_learning_rate_is_what_the_schedule_says(values, points):
    spec = recipe(**values)
    for step, expected in points.items():
        assert learning_rate(spec, step, STEPS) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("schedule", ["cosine", "multistep", "one_cycle", "constant"])
@pytest.mark.parametrize("warmup", [0.0, 0.5, 2.5, 9.9])
@pytest.mark.parametrize("num_steps", [1, 2, 97])
def test_that_the_learning_rate_is_never_beyond_its_peak(schedule, warmup, num_steps):
    spec = recipe(schedule=schedule, warmup_epochs=warmup)
    rates = [learning_rate(spec, step, num_steps) for step in range(num_steps)]
    assert all(0 < rate <= 0.8 * (1 + 1e-12) for rate in rates)


def test_that_warm_up_rises_and_cosine_falls():
    spec = recipe(warmup_epochs=2)
    rates = [learning_rate(spec, step, STEPS) for step in range(STEPS)]
    assert rates[:21] == sorted(rates[:21])
    assert rates[20:] == sorted(rates[20:], reverse=True)
    assert rates[-1] < 0.01 * rates[20]


def test_that_the_optimiser_has_the_options_said():
    system = nn.ModuleList([nn.Linear(2, 2), nn.BatchNorm1d(2)])
    sgd = make_optimizer(system, recipe(momentum=0.7, weight_decay=0.01))
    assert isinstance(sgd, torch.optim.SGD)
    (group,) = sgd.param_groups
    assert (group["momentum"], group["weight_decay"], group["nesterov"], group["lr"]) == (
        0.7, 0.01, True, 0.8
    )
    assert {id(p) for p in group["params"]} == {id(p) for p in system.parameters()}
    adamw = make_optimizer(system, recipe(optimizer="adamw", weight_decay=0.02))
    assert isinstance(adamw, torch.optim.AdamW)
    assert adamw.param_groups[0]["weight_decay"] == 0.02


def test_that_nesterov_needs_momentum():
    (group,) = make_optimizer(nn.Linear(1, 1), recipe(momentum=0.0)).param_groups
    assert group["nesterov"] is False
    (group,) = make_optimizer(nn.Linear(1, 1), recipe(nesterov=False)).param_groups
    assert (group["nesterov"], group["momentum"]) == (False, 0.9)


def test_that_the_learning_rate_reaches_every_group():
    layers = [nn.Linear(1, 1), nn.Linear(1, 1)]
    optimizer = torch.optim.SGD([{"params": layer.parameters()} for layer in layers], lr=1.0)
    set_learning_rate(optimizer, 0.25)
    assert [group["lr"] for group in optimizer.param_groups] == [0.25, 0.25]
