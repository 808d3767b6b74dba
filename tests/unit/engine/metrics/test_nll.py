import math

import pytest
import torch

from engine.metrics.nll import nll


def test_that_the_loss_is_in_nats():
    labels = torch.tensor([0, 3, 9])
    assert nll(torch.zeros(3, 10), labels).item() == pytest.approx(math.log(10))


def test_that_being_sure_and_wrong_costs_the_gap_between_the_logits():
    logits = torch.tensor([[50.0, 0.0], [50.0, 0.0]])
    assert nll(logits, torch.tensor([0, 1])).item() == pytest.approx(25.0)
