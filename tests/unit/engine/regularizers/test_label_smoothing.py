import numpy as np
import pytest
import torch

from engine.losses.targets import Targets
from engine.regularizers.label_smoothing import LabelSmoothing, LabelSmoothingOptions
from engine.spec.errors import SpecError
from engine.spec.options import parse

VIEWS = (torch.randn(2, 1, 2, 2), torch.randn(2, 1, 2, 2))
Y = torch.tensor([2, 0])


def smoothed(epsilon, targets=None):
    draws = np.random.default_rng(0)
    before = draws.bit_generator.state
    views, found = LabelSmoothing(LabelSmoothingOptions(epsilon=epsilon))(
        VIEWS, targets or Targets(Y), draws
    )
    assert views is VIEWS
    assert draws.bit_generator.state == before
    return found


def test_that_it_spreads_a_kth_of_its_mass_over_every_class():
    expected = torch.tensor([[0.05, 0.05, 0.85, 0.05], [0.85, 0.05, 0.05, 0.05]])
    torch.testing.assert_close(smoothed(0.2).distribution(4), expected)
    assert LabelSmoothingOptions().epsilon == 0.1


def test_that_it_keeps_what_was_mixed_before():
    targets = smoothed(0.2, Targets(Y, Y.flip(0), share=0.75))
    expected = torch.tensor([[0.25, 0.05, 0.65, 0.05], [0.65, 0.05, 0.25, 0.05]])
    torch.testing.assert_close(targets.distribution(4), expected)


@pytest.mark.parametrize("epsilon", [0.0, 1.0, -0.1])
def test_that_no_or_all_smoothing_is_refused(epsilon):
    with pytest.raises(SpecError):
        parse(LabelSmoothingOptions, {"epsilon": epsilon}, "regularizer.options")
