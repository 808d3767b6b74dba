import pytest
import torch

from engine.losses.precision import full


@pytest.mark.parametrize(
    ("given", "returned"),
    [
        (torch.bfloat16, torch.float32), (torch.float16, torch.float32),
        (torch.float32, torch.float32), (torch.float64, torch.float64),
    ],
)
def test_that_precision_is_raised_to_float32_and_never_lowered(given, returned):
    assert full(torch.ones(2, dtype=given)).dtype == returned
