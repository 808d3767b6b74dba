import numpy as np
import pytest

from engine.store.points import NewBlock, Points
from studio.plots.curves import (
    EPOCH,
    STEP,
    TIME,
    PanelKeys,
    RunCurves,
    gradient_panels_of,
    panels_of,
    short_name,
    system_panels_of,
)


def block(run, key, first, count):
    steps = np.arange(first, first + count, dtype=np.int64)
    return NewBlock(run, key, Points(steps, 1000.0 + 6.0 * steps, steps * 1.0))


def test_that_train_and_validation_share_a_panel_and_terms_have_their_own():
    keys = ["lr", "val/top1", "train/loss", "train/loss/kl", "train/loss/main", "val/loss",
            "train/top1", "test/top1", "gradient/cosine/1", "val/loss/ema", "val/top1/ema"]
    panels = {panel.name: panel.keys for panel in panels_of(keys)}
    assert list(panels) == ["loss", "terms", "top1", "lr"]
    assert panels["loss"] == ("train/loss", "val/loss", "val/loss/ema")
    assert panels["terms"] == ("train/loss/kl", "train/loss/main")
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


def test_that_x_is_steps_epochs_or_minutes_since_the_first_point():
    curves = RunCurves(1)
    curves.apply([block(1, "lr", 10, 3), block(1, "val/top1", 20, 1)])
    assert curves.x("lr", STEP, 10).tolist() == [10, 11, 12]
    assert curves.x("lr", EPOCH, 10).tolist() == [1.0, 1.1, 1.2]
    assert curves.x("val/top1", TIME, 10).tolist() == [1.0]
