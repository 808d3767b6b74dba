import time

import numpy as np
from numpy.typing import NDArray

from engine.datasets.dataset import ImageData, ImageSet, Problem
from engine.datasets.inspect import inspect


def make(
    train: NDArray[np.uint8], train_labels: list[int], test: NDArray[np.uint8],
    test_labels: list[int], problems: tuple[Problem, ...] = (),
) -> ImageData:
    channels = train.shape[3]
    return ImageData(
        "made", ImageSet(train, np.array(train_labels, np.int64)),
        ImageSet(test, np.array(test_labels, np.int64)), ("a", "b"),
        (0.5,) * channels, (0.2,) * channels, "", problems,
    )


def noise(count: int, seed: int, shape: tuple[int, ...] = (6, 5, 3)) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 256, (count, *shape), dtype=np.uint8)


def test_that_counts_shape_and_samples_are_those_of_the_data() -> None:
    data = make(noise(30, 0), [0] * 12 + [1] * 18, noise(5, 1), [0, 0, 1, 1, 1])
    seen = inspect(data, samples=7)
    assert seen.train_counts.tolist() == [12, 18]
    assert seen.test_counts.tolist() == [2, 3]
    assert seen.image_shape == (6, 5, 3)
    assert np.array_equal(seen.samples, data.train.images_NHWC[seen.sample_indices])
    assert np.array_equal(seen.sample_labels, data.train.labels_N[seen.sample_indices])
    assert len(np.unique(seen.sample_indices)) == 7
    assert (seen.num_duplicates, seen.problems, seen.notes) == (0, (), ())


def test_that_samples_are_seeded_and_never_more_than_there_are() -> None:
    data = make(noise(30, 0), [0, 1] * 15, noise(5, 1), [0] * 5)
    one, same, other = inspect(data, 8), inspect(data, 8), inspect(data, 8, seed=1)
    assert np.array_equal(one.sample_indices, same.sample_indices)
    assert not np.array_equal(one.sample_indices, other.sample_indices)
    assert len(inspect(data, samples=100).samples) == 30


def test_that_test_images_among_the_training_images_are_found() -> None:
    train, test = noise(30, 0), noise(6, 1)
    train[20] = train[3]
    test[1], test[4] = train[7], train[20]
    test[5] = train[8]
    test[5, 0, 0, 0] ^= 1  # one bit is another image
    seen = inspect(make(train, [0, 1] * 15, test, [0] * 6))
    assert seen.num_duplicates == 2
    assert seen.duplicate_pairs == ((7, 1), (3, 4))
    shared, in_two = seen.problems
    assert "training images too: 2 (training index = test index: 7 = 1, 3 = 4)" in shared.reason
    assert "in more than one class: 2, one in 'a' and 'b'" in in_two.reason


def test_that_an_image_twice_in_one_class_contradicts_nothing() -> None:
    train = noise(30, 0)
    train[20] = train[4]
    assert inspect(make(train, [0, 1] * 15, noise(2, 1), [0, 1])).problems == ()


def test_that_problems_of_the_data_come_first_and_small_classes_are_named() -> None:
    known = Problem("x.png", "empty file")
    data = make(noise(25, 0), [0] * 20 + [1] * 5, noise(2, 1), [0, 1], (known,))
    seen = inspect(data)
    assert seen.problems == (known, Problem("b", "only 5 training images in class 'b'"))
    (note,) = seen.notes
    assert "unbalanced: 'a' has 20 training images, 'b' 5" in note


def test_that_a_memmap_is_inspected_like_any_array(tmp_path) -> None:
    np.save(tmp_path / "x.npy", noise(30, 0))
    mapped = np.load(tmp_path / "x.npy", mmap_mode="c")
    seen = inspect(make(mapped, [0, 1] * 15, mapped[:2], [0, 1]))
    assert seen.num_duplicates == 2
    assert not isinstance(seen.samples, np.memmap)


def test_that_sixty_thousand_small_images_take_seconds_at_most() -> None:
    images = np.zeros((60_000, 32, 32, 3), np.uint8)
    images.reshape(60_000, -1)[:, :4] = np.arange(60_000, dtype="<u4").view(np.uint8).reshape(-1, 4)
    data = make(images[:50_000], [0, 1] * 25_000, images[50_000:], [0] * 10_000)
    start = time.process_time()
    assert inspect(data).num_duplicates == 0
    assert time.process_time() - start < 5
