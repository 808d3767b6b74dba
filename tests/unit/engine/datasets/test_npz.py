import numpy as np
import pytest

from engine.spec.errors import DataError

LABELS = np.arange(12) % 3


def pixels(count=12, shape=(8, 9, 3), seed=0):
    return np.random.default_rng(seed).integers(0, 256, (count, *shape), dtype=np.uint8)


@pytest.fixture
def save(tmp_path):
    def _save(**arrays):
        path = tmp_path / "mine.npz"
        np.savez_compressed(path, **arrays)
        return path

    return _save


@pytest.mark.parametrize(
    "names",
    [("x_train", "y_train", "x_test", "y_test"),
     ("train_images", "train_labels", "test_images", "test_labels")],
    ids=["keras", "medmnist"],
)
def test_that_both_parts_are_read_as_they_are(read, save, names):
    x, y, x_test, y_test = names
    path = save(**{x: pixels(), y: LABELS[:, None], x_test: pixels(3, seed=1), y_test: [2, 1, 0]})
    data = read("npz", path)
    assert np.array_equal(data.train.images_NHWC, pixels())
    assert np.array_equal(data.test.images_NHWC, pixels(3, seed=1))
    assert data.train.labels_N.tolist() == LABELS.tolist()
    assert data.test.labels_N.tolist() == [2, 1, 0]
    assert (data.classes, data.root, data.problems) == (("0", "1", "2"), str(path), ())
    assert np.allclose(data.mean, pixels().mean(axis=(0, 1, 2)) / 255)


def test_that_a_stratified_part_is_the_test_part_where_there_is_none(read, save):
    path = save(images=pixels(), labels=LABELS)
    data = read("npz", path, test_part=0.25)
    assert np.bincount(data.test.labels_N).tolist() == [1, 1, 1]
    both = [*data.train.images_NHWC, *data.test.images_NHWC]
    assert {image.tobytes() for image in both} == {image.tobytes() for image in pixels()}


@pytest.mark.parametrize(
    ("stored", "shape"),
    [((8, 9), (8, 9, 1)), ((8, 9, 1), (8, 9, 1)), ((3, 8, 9), (8, 9, 3)), ((1, 8, 9), (8, 9, 1))],
)
def test_that_channels_may_be_first_or_missing(read, save, stored, shape):
    data = read("npz", save(x=pixels(shape=stored), y=LABELS))
    assert data.train.images_NHWC.shape[1:] == shape
    first = pixels(shape=stored)
    whole = np.moveaxis(first, 1, -1) if stored[0] in (1, 3) else first
    assert data.train.images_NHWC[0].tobytes() in {np.ascontiguousarray(i).tobytes() for i in whole}


def test_that_classes_may_be_named_and_what_else_is_there_is_told(read, save):
    path = save(x=pixels(), y=LABELS, classes=["cat", "dog", "eel"], val_images=pixels(2))
    data = read("npz", path)
    assert data.classes == ("cat", "dog", "eel")
    assert [(p.path, p.reason[:8]) for p in data.problems] == [("val_images", "not used")]


def test_that_a_folder_with_one_file_stands_for_it(read, save):
    path = save(x=pixels(), y=LABELS)
    assert read("npz", path.parent).root == str(path)
    (path.parent / "other.npz").write_bytes(path.read_bytes())
    with pytest.raises(DataError, match=r"holds 2 \.npz files: name one of them"):
        read("npz", path.parent)


PICKLED = np.array([{"a": 1}], dtype=object)
WRONG = {
    "nothing known": ({"a": pixels()}, r"holds a; looked for arrays x_train"),
    "floats": ({"x": pixels() / 255, "y": LABELS}, r"'x' is float64 .*must be uint8"),
    "flat": ({"x": pixels().reshape(12, -1), "y": LABELS}, r"'x' is uint8 \(12, 216\)"),
    "one hot": ({"x": pixels(), "y": np.eye(3, dtype=int)[LABELS]}, r"'y' is int64 \(12, 3\)"),
    "fractions": ({"x": pixels(), "y": LABELS / 2}, r"one whole number for every image"),
    "below 0": ({"x": pixels(), "y": LABELS - 1}, r"labels -1 to 1; number the classes from 0"),
    "far above": ({"x": pixels(), "y": LABELS + 10**9}, r"number the classes from 0"),
    "too few": ({"x": pixels(), "y": LABELS[:5]}, r"'y' is int64 \(5,\); one whole number for"),
    "none": ({"x_train": pixels(0), "y_train": LABELS[:0], "x_test": pixels(1), "y_test": [1]},
             r"class '0' of .* has 0 training images"),
    "one class": ({"x": pixels(), "y": LABELS * 0}, r"has 1 class only: at least two are needed"),
    "a tiny class": ({"x": pixels(), "y": [0] * 6 + [1] * 5 + [2]}, r"class '2' of .* has 1 train"),
    "two sizes": ({"x_train": pixels(), "y_train": LABELS, "y_test": LABELS,
                   "x_test": pixels(shape=(9, 9, 3))}, r"\(8, 9, 3\), but test images \(9, 9, 3\)"),
    "too few names": ({"x": pixels(), "y": LABELS, "classes": ["a", "b"]},
                      r"labels 0 to 2, but there are 2 classes"),
    "pickles": ({"x": PICKLED, "y": LABELS}, r"Object arrays cannot be loaded"),
}


@pytest.mark.parametrize(("arrays", "said"), WRONG.values(), ids=WRONG)
def test_that_arrays_that_are_no_dataset_are_told_in_one_line(read, save, arrays, said):
    with pytest.raises(DataError, match=said) as caught:
        read("npz", save(**arrays))
    assert "\n" not in str(caught.value)


def test_that_files_that_are_none_are_told(read, save, tmp_path):
    text = tmp_path / "text.npz"
    text.write_text("not arrays")
    with pytest.raises(DataError, match=r"is no .npz file, or truncated; looked for arrays"):
        read("npz", text)
    whole = save(x=pixels(), y=LABELS).read_bytes()
    text.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(DataError, match=r"is no .npz file, or truncated"):
        read("npz", text)
    text.write_bytes(whole[:200] + bytes(50) + whole[250:])
    with pytest.raises(DataError, match=r"is damaged or cannot be used: "):
        read("npz", text)
    with pytest.raises(DataError, match=r"there is no file .*: name the .npz file"):
        read("npz", tmp_path / "absent.npz")
    with pytest.raises(DataError, match=r"name the .npz file"):
        read("npz")
