import dataclasses

import numpy as np
import pytest

from engine.datasets.dataset import ImageData, ImageSet, channel_statistics, choose_test
from engine.spec.errors import DataError


def image_set(labels: list[int], channels: int = 3, side: int = 4) -> ImageSet:
    rng = np.random.default_rng(len(labels))
    images_NHWC = rng.integers(0, 256, (len(labels), side, side, channels), dtype=np.uint8)
    return ImageSet(images_NHWC, np.array(labels, np.int64))


def make(**changes: object) -> ImageData:
    parts: dict[str, object] = {
        "name": "made", "train": image_set([0, 1, 1]), "test": image_set([0, 1]),
        "classes": ("a", "b"), "mean": (0.5, 0.5, 0.5), "std": (0.2, 0.2, 0.2), "root": "",
    }
    return ImageData(**(parts | changes))  # type: ignore[arg-type]


def test_that_parts_which_fit_together_are_taken() -> None:
    assert make().classes == ("a", "b")


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"train": image_set([0, 2])}, "labels 0 to 2, but there are 2 classes"),
        ({"test": image_set([0, -1])}, "labels -1 to 0"),
        ({"test": image_set([0, 1], side=5)}, r"training images are \(4, 4, 3\), but test images"),
        ({"test": image_set([])}, "the test part has no images"),
        ({"train": image_set([0, 1], channels=2)}, "must be uint8"),
        ({"mean": (0.5,)}, "3 values each"),
        ({"std": (0.2, 0.0, 0.2)}, "std above 0"),
        (
            {"train": dataclasses.replace(image_set([0, 1]), labels_N=np.array([1], np.int64))},
            "has 2 images, but int64 labels",
        ),
        (
            {"train": dataclasses.replace(image_set([0]), labels_N=np.zeros(1, np.int32))},
            "int32 labels",
        ),
    ],
)
def test_that_parts_which_do_not_fit_are_refused_in_one_line(changes: dict, line: str) -> None:
    with pytest.raises(DataError, match=line) as caught:
        make(**changes)
    assert "\n" not in str(caught.value)


def test_that_statistics_equal_those_over_all_pixels() -> None:
    images_NHWC = np.random.default_rng(0).integers(0, 256, (2500, 3, 5, 3), dtype=np.uint8)
    mean, std = channel_statistics(images_NHWC)
    np.testing.assert_allclose(mean, (images_NHWC / 255).mean((0, 1, 2)), rtol=1e-12)
    np.testing.assert_allclose(std, (images_NHWC / 255).std((0, 1, 2)), rtol=1e-10)


def test_that_a_flat_channel_has_a_deviation_to_divide_by() -> None:
    assert channel_statistics(np.full((2, 2, 2, 1), 255, np.uint8)) == ((1.0,), (1 / 255,))


def test_that_the_test_part_is_stratified_and_leaves_something_of_every_class() -> None:
    labels_N = np.repeat([0, 1, 2], [100, 10, 2])
    chosen_N = choose_test(labels_N, 0.2)
    assert np.bincount(labels_N[chosen_N]).tolist() == [20, 2, 1]


def test_that_the_test_part_is_the_same_each_time_and_another_with_another_seed() -> None:
    labels_N = np.repeat([0, 1], 50)
    assert np.array_equal(choose_test(labels_N, 0.2), choose_test(labels_N, 0.2))
    assert not np.array_equal(choose_test(labels_N, 0.2), choose_test(labels_N, 0.2, seed=1))


def test_that_the_chosen_images_do_not_depend_on_the_version_of_numpy() -> None:
    assert np.flatnonzero(choose_test(np.zeros(20, np.int64), 0.2)).tolist() == [
        2, 3, 11, 13
    ]
