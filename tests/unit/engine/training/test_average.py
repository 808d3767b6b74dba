import pytest
import torch
from torch import nn

from engine.store import runs
from engine.training.average import RunningAverage
from engine.training.weights import EMA_WEIGHTS, LAST_WEIGHTS, load_weights
from tests.unit.engine.training.trainings import SILA, same, trace, train

DECAY = 0.9


class Networks(nn.ModuleList):
    def forward(self, x):
        return self[0](x)


def networks():
    return Networks([nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2))])


def walk(trained, average, steps):
    """Let weights and statistics wander; returns what they were after each step."""
    seen = []
    for step in range(steps):
        with torch.no_grad():
            for parameter in trained.parameters():
                parameter.add_(step + 1.0)
        trained.train()(torch.ones(2, 1, 4, 4) * step)
        average.update()
        seen.append({name: value.clone() for name, value in trained.state_dict().items()})
    return seen


def test_that_every_step_counts_for_what_the_decay_leaves_of_it():
    trained = networks()
    expected = {name: value.clone().double() for name, value in trained.state_dict().items()}
    average = RunningAverage(trained, DECAY)
    for step, state in enumerate(walk(trained, average, 100)):
        decay = min(DECAY, (1 + step) / (10 + step))
        for name, value in state.items():
            expected[name] = decay * expected[name] + (1 - decay) * value
    got = average.networks.state_dict()
    for name in got:
        if not name.endswith("num_batches_tracked"):
            torch.testing.assert_close(got[name].double(), expected[name], rtol=1e-5, atol=1e-6)
    assert not average.networks[0][1].training


def test_that_its_state_goes_on_and_fits_its_own_networks_only():
    trained = networks()
    average = RunningAverage(trained, DECAY)
    walk(trained, average, 3)
    other = RunningAverage(trained, DECAY)
    assert other.fits(average.state_dict())
    other.load_state_dict(average.state_dict())
    for each in (average, other):
        each.update()
    assert same(other.networks.state_dict(), average.networks.state_dict())
    assert not other.fits({})
    assert not other.fits(RunningAverage(nn.ModuleList([nn.Linear(2, 3)]), DECAY).state_dict())
    average.begin_anew()
    assert same(average.networks.state_dict(), trained.state_dict())


@pytest.mark.parametrize("method", ["sila", "dml"])
def test_that_a_training_is_the_same_with_its_average_and_the_average_goes_on_exactly(
    store, claim, tiny, method
):
    averaging = {"training": {"ema_decay": DECAY}}
    options = SILA if method == "sila" else {}
    alone = claim(tiny(method, options))
    whole, halved = (claim(tiny(method, options, **averaging)) for _ in range(2))
    expected = train(store, alone)
    assert same(train(store, whole), expected)
    train(store, halved, 5)
    assert same(train(store, claim(halved.run)), expected)
    assert trace(store, halved.run) == trace(store, whole.run)

    files = [store.workspace.run_folder(each.run) / EMA_WEIGHTS for each in (whole, halved)]
    first, second = (load_weights(path) for path in files)
    assert same(first, second)
    last = load_weights(files[0].with_name(LAST_WEIGHTS))
    counters = [name for name in last if name.endswith("num_batches_tracked")]
    assert counters
    assert all(torch.equal(first[name], last[name]) for name in counters)
    differ = {name.split(".")[0] for name in last if not torch.equal(first[name], last[name])}
    assert differ == {"peers"}
    assert not (store.workspace.run_folder(alone.run) / EMA_WEIGHTS).exists()

    summaries = runs.get_run(store, whole.run).summaries
    assert summaries["val/top1/ema"].last_step == summaries["val/top1"].last_step
    assert 0 < summaries["test/top1/ema"].last <= 100
    assert "test/top1/ema" not in runs.get_run(store, alone.run).summaries


def test_that_widths_of_an_average_are_calibrated_where_nothing_validates(store, claim, tiny):
    claimed = claim(tiny("plain", backbone={"name": "us_resnet20"}, dataset={"validation": 0.0},
                         training={"ema_decay": DECAY, "epochs": 1}))
    train(store, claimed)
    kept = load_weights(store.workspace.run_folder(claimed.run) / EMA_WEIGHTS)
    means = [value for name, value in kept.items() if name.endswith(".means")]
    assert means
    assert all(of_width.any() for of_norm in means for of_width in of_norm)
