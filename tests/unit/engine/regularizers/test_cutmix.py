import numpy as np
import pytest
import torch
import torch.nn.functional as F

from engine.losses.targets import Targets
from engine.regularizers.cutmix import Cutmix, CutmixOptions
from engine.spec.errors import SpecError
from engine.spec.options import parse

Y = torch.tensor([3, 1, 0, 2])
HEIGHT, WIDTH = 6, 10


def images(*values):
    """An image of one value each."""
    return torch.tensor(values)[:, None, None, None].expand(-1, 2, HEIGHT, WIDTH).contiguous()


def cut(views, seed=0, probability=1.0, **options):
    draws = np.random.default_rng(seed)
    made = Cutmix(CutmixOptions(probability=probability, **options))
    return made(views, Targets(Y), draws)


CLASSES = images(3.0, 1.0, 0.0, 2.0)  # every image shows its class


@pytest.mark.parametrize("seed", range(8))
def test_that_one_rectangle_of_every_image_shows_the_class_whose_label_it_gets(seed):
    (x,), targets = cut((CLASSES,), seed)
    replaced = torch.zeros(HEIGHT, WIDTH, dtype=torch.bool)
    for image, own, other in zip(x, Y, targets.other_B, strict=True):
        assert set(image.unique().tolist()) <= {own.item(), other.item()}
        if own != other:
            replaced |= (image[0] == other)
            assert torch.equal(image[0], image[1])
    rows, columns = replaced.any(1).nonzero()[:, 0], replaced.any(0).nonzero()[:, 0]
    assert replaced.sum() == len(rows) * len(columns)  # a full rectangle
    if len(rows):
        assert rows[-1] - rows[0] + 1 == len(rows)
        assert columns[-1] - columns[0] + 1 == len(columns)


@pytest.mark.parametrize("seed", range(8))
def test_that_labels_are_mixed_by_the_area_that_was_left(seed):
    (x,), targets = cut((CLASSES,), seed)
    changed = targets.other_B != Y
    kept = (x == CLASSES).float().mean(dim=(1, 2, 3))[changed]
    torch.testing.assert_close(kept, torch.full_like(kept, targets.share))
    assert 0 <= targets.share <= 1


def test_that_the_rectangle_is_as_large_as_the_share_drawn_before_it_is_clipped():
    class Draws:
        """λ = 3/4 with the middle of the image, or with a corner."""

        def __init__(self, *centre):
            self.centre = iter(centre)

        def random(self):
            return 0.0

        def beta(self, a, b):
            assert a == b == 0.7
            return 0.75

        def integers(self, length):
            return next(self.centre)

        def permutation(self, count):
            return np.arange(count)[::-1].copy()

    made = Cutmix(CutmixOptions(alpha=0.7))
    (x,), targets = made((CLASSES,), Targets(Y), Draws(3, 5))
    # Half of each side: int(3) // 2 and int(5) // 2 to each side of the centre.
    expected = CLASSES.clone()
    expected[:, :, 2:4, 3:7] = CLASSES.flip(0)[:, :, 2:4, 3:7]
    assert torch.equal(x, expected)
    assert targets.share == 1 - 8 / 60
    assert torch.equal(targets.other_B, Y.flip(0))
    _, targets = made((CLASSES,), Targets(Y), Draws(0, 9))
    assert targets.share == 1 - 1 * 3 / 60  # clipped at the top and at the right


def test_that_the_loss_is_that_of_both_labels_by_area():
    logits = torch.randn(4, 4, generator=torch.Generator().manual_seed(0))
    _, targets = cut((CLASSES,))
    expected = targets.share * F.cross_entropy(logits, Y) + (
        1 - targets.share
    ) * F.cross_entropy(logits, targets.other_B)
    torch.testing.assert_close(targets.cross_entropy(logits), expected)


def test_that_all_views_are_cut_alike_whatever_their_number():
    (alone,), targets = cut((CLASSES,))
    (one, other), same_targets = cut((CLASSES, 10 * CLASSES))
    assert torch.equal(one, alone)
    assert torch.equal(other, 10 * one)
    assert torch.equal(same_targets.other_B, targets.other_B)
    assert same_targets.share == targets.share


def test_that_as_many_batches_are_cut_as_it_is_told():
    seen = [cut((CLASSES,), seed, probability=0.3) for seed in range(600)]
    whole = [(views, targets) for views, targets in seen if targets.other_B is None]
    assert len(whole) / 600 == pytest.approx(0.7, abs=0.06)
    assert all(views[0] is CLASSES and targets.share == 1.0 for views, targets in whole)
    assert CutmixOptions().probability == 0.5


def test_that_its_draws_are_those_of_its_generator_alone():
    torch.manual_seed(1)
    first = cut((CLASSES,), seed=5)
    torch.manual_seed(2)
    again = cut((CLASSES,), seed=5)
    assert torch.equal(first[0][0], again[0][0])
    assert first[1].share == again[1].share


def test_that_the_images_given_are_left_as_they_were():
    before = CLASSES.clone()
    for seed in range(4):
        cut((CLASSES,), seed)
    assert torch.equal(CLASSES, before)


@pytest.mark.parametrize("values", [{"alpha": 0.0}, {"probability": 0.0}, {"probability": 1.1}])
def test_that_options_out_of_range_are_refused(values):
    with pytest.raises(SpecError):
        parse(CutmixOptions, values, "regularizer.options")
