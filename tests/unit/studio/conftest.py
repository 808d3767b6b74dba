import pytest

from engine.spec.rows import RunRow, Summary
from engine.spec.run_state import RunState


@pytest.fixture
def make_row():
    """A function that makes a run's row out of what matters to a test."""

    def make(number, method="plain", seed=0, state=RunState.COMPLETED, val=None, **values):
        summaries = {} if val is None else {"val/top1": Summary(val - 1, 200, val, 150)}
        defaults = {
            "experiment": "first", "name": f"{method} s{seed}", "digest": method, "context": "c",
            "backbone": "resnet8", "dataset": "digits", "epochs": 4, "created_at": float(number),
            "colour": number % 10, "position": float(number), "pinned": False, "tags": (),
            "note": "", "error": "", "started_at": 0.0, "finished_at": None, "seconds": 0.0,
            "step": 0, "num_steps": 200, "steps_per_epoch": 50, "images_per_s": None,
            "device": "cpu", "params_training": None, "params_deployed": None,
        }
        return RunRow(id=number, method=method, seed=seed, state=state, summaries=summaries,
                      **{**defaults, **values})

    return make
