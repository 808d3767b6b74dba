"""The loss of every method over a few seeded steps is the stored one.

A change of training code that is not meant to change numbers leaves `loss_traces.json` as it is;
one that is meant to says so by writing it anew: `python -m tests.contract.test_traces`.
"""

import json
from pathlib import Path

import pytest
import torch

from tests.contract.systems import METHODS, make_system, refused, train

STORED = Path(__file__).parents[1] / "data" / "loss_traces.json"
VARIANTS = {
    "dml-mean": ("dml", {"target": "mean", "num_peers": 3, "temperature": 3.0}),
    "sila-teach": ("sila", {"alpha": 0.0, "beta": 1.0}),
    "sila-both": ("sila", {"beta": 0.7, "contrast_stages": True, "teacher_view": True}),
    "sila-pair": ("sila", {"beta": 1.0, "pair_twins": True}),
}
DYNAMIC = {
    f"{method}-{backbone}": (method, options, backbone)
    for backbone in ("msdnet_anytime_4", "us_resnet20")
    for method, options in (
        ("plain", {}), ("dml", {}), ("sila", {"beta": 1.0}), ("sila_dml", {"beta": 1.0})
    )
}


def usual(method):
    return "msdnet_anytime_4" if refused(method, "resnet8") else "resnet8"


CASES = {method: (method, {}, usual(method)) for method in METHODS}
CASES |= {name: (*case, "resnet8") for name, case in VARIANTS.items()} | DYNAMIC
NUM_STEPS = 3


def trace_of(name):
    method, options, backbone = CASES[name]
    torch.set_num_threads(1)
    return train(make_system(method, options, backbone), NUM_STEPS)


@pytest.mark.parametrize("name", CASES)
def test_that_the_loss_trace_is_the_stored_one(name):
    stored = json.loads(STORED.read_text())
    assert stored.keys() == CASES.keys()
    for step, (got, expected) in enumerate(zip(trace_of(name), stored[name], strict=True)):
        assert list(got) == list(expected), f"step {step}"
        # Processors round differently; a change of the method shows long before this.
        assert got == pytest.approx(expected, rel=2e-3, abs=1e-5), f"step {step}"


if __name__ == "__main__":
    traces = {name: trace_of(name) for name in CASES}
    STORED.write_text(json.dumps(traces, indent=1, ensure_ascii=False) + "\n")
