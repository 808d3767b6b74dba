"""The published data sets, where the folder named by SILA_TEST_DATA holds them."""

import os
from pathlib import Path

import numpy as np
import pytest

from engine.datasets.dataset import channel_statistics
from engine.datasets.inspect import inspect
from engine.registry import lookup
from engine.spec.errors import DataError

pytestmark = pytest.mark.slow

DATA = os.environ.get("SILA_TEST_DATA", "")


@pytest.mark.parametrize("name", ["cifar10", "cifar100", "fashion_mnist"])
def test_that_the_published_data_is_as_its_card_says(name: str, read) -> None:
    if not DATA or not Path(DATA).is_dir():
        pytest.skip("SILA_TEST_DATA names no folder with the published data sets")
    try:
        data = read(name, Path(DATA))
    except DataError as error:
        pytest.skip(str(error))
    facts = lookup("dataset", name).card.facts
    shape = (facts["image_size"], facts["image_size"], facts["channels"])
    assert data.train.images_NHWC.shape == (facts["train_images"], *shape)
    assert data.test.images_NHWC.shape == (facts["test_images"], *shape)
    mean, std = channel_statistics(data.train.images_NHWC)
    np.testing.assert_allclose(data.mean, mean, atol=2e-4)
    np.testing.assert_allclose(data.std, std, atol=2e-4)
    seen = inspect(data)
    assert set(seen.train_counts) == {facts["train_images"] // facts["num_classes"]}
    assert seen.num_duplicates == {"cifar100": 10}.get(name, 0)
