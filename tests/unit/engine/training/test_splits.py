import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.spec.errors import DataError
from engine.training.splits import hold_out, subset

LABELS = np.repeat(np.arange(4), [100, 50, 20, 1])[np.random.default_rng(0).permutation(171)]


@settings(deadline=None)
@given(
    labels=st.lists(st.integers(0, 4), min_size=1, max_size=80), part=st.floats(0.0, 0.5),
    seed=st.integers(0, 9),
)
def test_that_every_image_is_kept_or_held_out_and_every_class_is_left(labels, part, seed):
    labels_N = np.array(labels)
    kept, held = hold_out(labels_N, part, seed)
    assert sorted([*kept, *held]) == list(range(len(labels)))
    assert (np.diff(kept) > 0).all()
    assert (np.diff(held) > 0).all()
    assert set(labels_N[kept]) == set(labels)
    for label in set(labels):
        size, out = (labels_N == label).sum(), (labels_N[held] == label).sum()
        if part == 0 or size == 1:
            assert out == 0
        else:
            assert out == max(1, round(part * size))


def test_that_the_seed_decides_which_images_are_held_out():
    first, again, other = (hold_out(LABELS, 0.2, seed)[1] for seed in (0, 0, 1))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
    assert [int((LABELS[first] == k).sum()) for k in range(4)] == [20, 10, 4, 0]


@pytest.mark.parametrize("count", [2, 17, 85, 171])
def test_that_a_subset_keeps_the_proportions_of_the_classes(count):
    everything = np.arange(len(LABELS))
    chosen = subset(LABELS, everything, count, 0)
    assert len(set(chosen)) == count
    assert (np.diff(chosen) > 0).all()
    for label in range(4):
        share = (label == LABELS).mean() * count
        assert abs((LABELS[chosen] == label).sum() - share) <= 1


def test_that_a_subset_is_taken_from_what_was_kept_and_by_its_seed():
    kept, held = hold_out(LABELS, 0.3, 0)
    first, again, other = (subset(LABELS, kept, 40, seed) for seed in (0, 0, 1))
    assert set(first) <= set(kept)
    assert not set(first) & set(held)
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_that_asking_for_more_images_than_there_are_is_refused():
    with pytest.raises(DataError, match=r"^train_images = 172, but only 171 training [^\n]*$"):
        subset(LABELS, np.arange(171), 172, 0)
