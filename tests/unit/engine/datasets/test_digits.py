"""The digits, and what every dataset of the registry says of itself."""

from typing import get_args

import numpy as np
import pytest

from engine.registry import Entry, entries
from engine.spec.run_spec import DatasetSpec

ENTRIES = entries("dataset")
BUNDLED = [entry.card.name for entry in ENTRIES if entry.card.facts["bundled"]]
AUGMENTATIONS = set(get_args(DatasetSpec.model_fields["augmentation"].annotation)) - {"standard"}


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.card.name)
def test_that_every_card_says_what_the_window_asks(entry: Entry) -> None:
    facts = entry.card.facts
    assert facts["augmentation"] in AUGMENTATIONS
    assert facts["looked_for"]
    assert isinstance(facts["needs_root"], bool)
    for number in ("num_classes", "image_size", "channels", "train_images", "test_images"):
        assert facts[number] is None or facts[number] > 0
    assert entry.card.title
    assert entry.card.summary


def test_that_the_usual_datasets_are_registered() -> None:
    names = {entry.card.name for entry in ENTRIES}
    assert names >= {"digits", "cifar10", "cifar100", "fashion_mnist", "image_folder"}


@pytest.mark.parametrize("name", BUNDLED)
def test_that_bundled_data_is_as_its_card_says(name: str, read) -> None:
    data = read(name)
    facts = next(entry.card.facts for entry in ENTRIES if entry.card.name == name)
    size, channels = facts["image_size"], facts["channels"]
    assert data.name == name
    assert data.root == ""
    assert len(data.classes) == facts["num_classes"]
    assert data.train.images_NHWC.shape == (facts["train_images"], size, size, channels)
    assert data.test.images_NHWC.shape == (facts["test_images"], size, size, channels)


@pytest.mark.parametrize("name", BUNDLED)
def test_that_bundled_data_is_the_same_each_time(name: str, read) -> None:
    one, two = read(name), read(name)
    assert np.array_equal(one.train.images_NHWC, two.train.images_NHWC)
    assert np.array_equal(one.test.labels_N, two.test.labels_N)


def test_that_digits_use_the_whole_range_of_grey(read) -> None:
    data = read("digits")
    assert data.train.images_NHWC.min() == 0
    assert data.train.images_NHWC.max() == 255
    assert np.bincount(data.test.labels_N).tolist() == [44, 46, 44, 46, 45, 46, 45, 45, 44, 45]
