import numpy as np
import pytest

from engine.store.points import NewBlock, Points
from studio.plots.curve import Curve
from studio.plots.curves import (
    EPOCH,
    STEP,
    TIME,
    PanelKeys,
    RunCurves,
    gradient_panels_of,
    is_noisy,
    panels_of,
    short_name,
    system_panels_of,
)
from studio.plots.stack import can_stack, stacked


def block(run, key, first, count):
    steps = np.arange(first, first + count, dtype=np.int64)
    return NewBlock(run, key, Points(steps, 1000.0 + 6.0 * steps, steps * 1.0))


def test_that_train_and_validation_share_a_panel_and_terms_have_their_own():
    keys = ["lr", "val/top1", "train/loss", "train/loss/kl", "train/loss/main", "val/loss",
            "train/top1", "test/top1", "gradient/cosine/1", "val/loss/ema", "val/top1/ema"]
    panels = {panel.name: panel.keys for panel in panels_of(keys)}
    assert list(panels) == ["loss", "terms", "top1", "lr"]
    assert panels["loss"] == ("train/loss", "val/loss", "val/loss/ema")
    assert panels["terms"] == ("train/loss/main", "train/loss/kl")
    assert panels["top1"] == ("train/top1", "val/top1", "val/top1/ema")


def test_that_machine_and_gradients_have_panels_elsewhere():
    keys = ["train/loss", "system/memory", "system/cpu", "system/peak_memory",
            "gradient/ratio/stem", "gradient/cosine/stem", "gradient/cosine/head"]
    assert [panel.name for panel in panels_of(keys)] == ["loss"]
    assert system_panels_of(keys) == [
        PanelKeys("cpu", ("system/cpu",)),
        PanelKeys("memory", ("system/memory", "system/peak_memory")),
    ]
    assert gradient_panels_of(keys) == [
        PanelKeys("cosine", ("gradient/cosine/stem", "gradient/cosine/head")),
        PanelKeys("ratio", ("gradient/ratio/stem",)),
    ]


def test_that_the_stages_of_gradients_stand_as_in_the_network():
    stored = ("head", "stages.2", "gating", "stages.10", "final", "stages.1", "stem", "extra")
    [panel] = gradient_panels_of(f"gradient/cosine/{name}" for name in stored)
    assert [short_name(key) for key in panel.keys] == [
        "stem", "extra", "stages.1", "stages.2", "stages.10", "final", "head", "gating"
    ]


@pytest.mark.parametrize(("key", "name"), [
    ("val/top1", "val"), ("train/loss/kl", "kl"), ("lr", "lr"),
    ("system/peak_memory", "peak memory"), ("gradient/cosine/stages.2", "stages.2"),
])
def test_that_a_series_is_called_by_what_tells_it_apart(key, name):
    assert short_name(key) == name


def test_that_blocks_of_other_runs_are_passed_over():
    curves = RunCurves(1)
    assert not curves.apply([block(2, "lr", 1, 5)])
    assert curves.apply([block(2, "lr", 1, 5), block(1, "lr", 1, 3)])
    assert len(curves.series["lr"].steps) == 3


def test_that_a_series_delivered_again_from_its_beginning_is_not_doubled():
    curves = RunCurves(1)
    curves.apply([block(1, "lr", 1, 3), block(1, "lr", 4, 3)])
    curves.apply([block(1, "lr", 1, 3), block(1, "lr", 4, 3), block(1, "lr", 7, 1)])
    assert curves.series["lr"].steps.tolist() == [1, 2, 3, 4, 5, 6, 7]


def test_that_x_is_steps_epochs_or_time_since_the_first_point():
    curves = RunCurves(1)
    curves.apply([block(1, "lr", 10, 3), block(1, "val/top1", 20, 1)])
    assert curves.x("lr", STEP, 10).tolist() == [10, 11, 12]
    assert curves.x("lr", EPOCH, 10).tolist() == [1.0, 1.1, 1.2]
    assert curves.x("val/top1", TIME, 10).tolist() == [60.0]


@pytest.mark.parametrize(("count", "unit", "last"), [
    (2, "s", 6.0), (21, "min", 2.0), (1201, "h", 2.0),
])
def test_that_time_is_in_the_unit_that_suits_the_run(count, unit, last):
    curves = RunCurves(1)
    assert curves.time_unit[0] == "s"
    curves.apply([block(1, "lr", 1, count)])
    assert curves.time_unit[0] == unit
    assert curves.x("lr", TIME, 10)[-1] == last


def test_that_schedules_and_peaks_are_known_without_noise():
    noisy = {"train/loss", "val/top1", "system/memory", "gradient/cosine/stem"}
    assert all(map(is_noisy, noisy))
    assert not any(map(is_noisy, ("lr", "system/peak_memory")))


def curve(x, y, smooth=None):
    smooth = None if smooth is None else np.array(smooth, float)
    return Curve("", "#000000", np.array(x, float), np.array(y, float), smooth)


def test_that_terms_are_added_up_where_they_are():
    layers = stacked([curve([1, 2, 3], [1, 1, 1]), curve([2, 3, 4], [5, 6, 7])])
    assert [layer.x.tolist() for layer in layers] == [[1, 2, 3, 4]] * 2
    assert [layer.y.tolist() for layer in layers] == [[1, 1, 1, 0], [1, 6, 7, 7]]
    assert layers[-1].smooth is None
    assert stacked([]) == []


def test_that_smooth_terms_are_added_up_as_they_are_drawn():
    layers = stacked([curve([1, 2], [1, 3], [2, 2]), curve([1, 2], [5, 6])])
    assert layers[1].y.tolist() == [6, 9]
    assert layers[1].smooth.tolist() == [7, 8]


def test_that_only_terms_that_are_never_negative_can_stand_on_one_another():
    assert can_stack([curve([1, 2], [0, 3])])
    assert not can_stack([curve([1, 2], [1, 3]), curve([1, 2], [1, -0.1])])
