import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.datasets.dataset import DataPlaces, ImageData
from engine.datasets.packing import load_packed
from engine.registry import lookup
from engine.spec.errors import DataError, SpecError


def put(path: Path, shade: int, side: int = 20) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (side + 4, side), (shade, 255 - shade, 9)).save(path)


def fill(folder: Path, counts: dict[str, int]) -> Path:
    """Class folders with so many flat images each, every shade once."""
    shade = 0
    for name, count in counts.items():
        for index in range(count):
            put(folder / name / f"{index:02}.png", shade)
            shade += 3
    return folder


def reasons(data: ImageData) -> dict[str, str]:
    return {problem.path: problem.reason for problem in data.problems}


def shades(images_NHWC: np.ndarray) -> list[int]:
    return images_NHWC[:, 0, 0, 0].tolist()


def test_that_class_folders_are_split_by_class(tmp_path: Path, read) -> None:
    data = read("image_folder", fill(tmp_path / "in", {"dog": 10, "cat": 20}), size=16)
    assert data.classes == ("cat", "dog")
    assert np.bincount(data.train.labels_N).tolist() == [16, 8]
    assert np.bincount(data.test.labels_N).tolist() == [4, 2]
    assert data.train.images_NHWC.shape == (24, 16, 16, 3)
    everything = shades(data.train.images_NHWC) + shades(data.test.images_NHWC)
    assert sorted(everything) == [3 * i for i in range(30)]
    assert data.problems == ()


def test_that_images_keep_their_labels(tmp_path: Path, read) -> None:
    data = read("image_folder", fill(tmp_path / "in", {"a": 8, "b": 8}), size=8)
    for part in (data.train, data.test):
        assert [int(shade >= 24) for shade in shades(part.images_NHWC)] == part.labels_N.tolist()


def test_that_options_decide_size_channels_and_test_part(tmp_path: Path, read) -> None:
    root = fill(tmp_path / "in", {"a": 10, "b": 10})
    data = read("image_folder", root, size=12, channels=1, test_part=0.5)
    assert data.train.images_NHWC.shape == (10, 12, 12, 1)
    assert len(data.mean) == len(data.std) == 1
    with pytest.raises(SpecError, match="size"):
        read("image_folder", root, size=4)


def test_that_statistics_come_from_the_training_part(tmp_path: Path, read) -> None:
    data = read("image_folder", fill(tmp_path / "in", {"a": 10, "b": 10}), size=8)
    np.testing.assert_allclose(data.mean, (data.train.images_NHWC / 255).mean((0, 1, 2)))
    np.testing.assert_allclose(data.std[:2], (data.train.images_NHWC / 255).std((0, 1, 2))[:2])


@pytest.mark.parametrize("name", ["test", "val", "valid", "Test"])
def test_that_train_and_test_folders_are_used_as_they_are(
    name: str, tmp_path: Path, read
) -> None:
    fill(tmp_path / "in" / "train", {"a": 3, "b": 4})
    fill(tmp_path / "in" / name, {"a": 1, "b": 2})
    data = read("image_folder", tmp_path / "in", size=8)
    assert np.bincount(data.train.labels_N).tolist() == [3, 4]
    assert np.bincount(data.test.labels_N).tolist() == [1, 2]


def test_that_test_is_preferred_to_val_and_what_is_not_used_is_told(tmp_path: Path, read) -> None:
    for part, count in (("train", 4), ("val", 3), ("test", 2)):
        fill(tmp_path / "in" / part, {"a": count, "b": count})
    data = read("image_folder", tmp_path / "in", size=8)
    assert len(data.test.labels_N) == 4
    assert reasons(data) == {"val": "not used, as there are train and test"}


def test_that_a_class_without_test_images_keeps_its_place(tmp_path: Path, read) -> None:
    fill(tmp_path / "in" / "train", {"a": 3, "b": 3, "c": 3})
    fill(tmp_path / "in" / "test", {"c": 2})
    data = read("image_folder", tmp_path / "in", size=8)
    assert data.test.labels_N.tolist() == [2, 2]
    assert set(reasons(data)) == {"test/a", "test/b"}


def test_that_train_alone_is_split_and_train_among_vehicles_is_a_class(
    tmp_path: Path, read
) -> None:
    fill(tmp_path / "one" / "train", {"a": 5, "b": 5})
    assert read("image_folder", tmp_path / "one", size=8).classes == ("a", "b")
    fill(tmp_path / "two", {"train": 5, "bus": 5})
    assert read("image_folder", tmp_path / "two", size=8).classes == ("bus", "train")


def test_that_every_kind_of_file_is_read_or_told(tmp_path: Path, read) -> None:
    root = fill(tmp_path / "in", {"a": 3, "b": 3})
    grey_HW = np.arange(400, dtype=np.uint16).reshape(20, 20) * 160
    Image.new("CMYK", (30, 20)).save(root / "a" / "cmyk.jpg")
    Image.new("L", (20, 31), 77).save(root / "a" / "grey.jpg")
    Image.fromarray(grey_HW).save(root / "a" / "deep.png")
    put(root / "a" / "UPPER.JPG", 5)
    put(root / "a" / "nested" / "deeper" / "one.webp", 5)
    put(root / "b" / "ünï côdé 猫.png", 5)
    put(root / "b" / "cut.jpg", 5, side=200)
    cut = (root / "b" / "cut.jpg").read_bytes()
    (root / "b" / "cut.jpg").write_bytes(cut[: len(cut) // 2])
    (root / "b" / "empty.png").write_bytes(b"")
    (root / "b" / "text.jpg").write_text("not an image")
    (root / "b" / "notes.txt").write_text("notes")
    Image.new("1", (10_000, 9_000)).save(root / "b" / "huge.png")
    put(root / "b" / ".hidden.png", 5)
    put(root / "b" / "nested" / ".thumbs" / "x.png", 5)
    put(root / "b" / "__MACOSX" / "x.png", 5)
    put(root / "loose.png", 5)
    (root / ".git").mkdir()
    (root / "b" / "broken.png").symlink_to(root / "nowhere.png")

    data = read("image_folder", root, size=8)
    assert len(data.train.labels_N) + len(data.test.labels_N) == 3 + 5 + 3 + 1
    told = reasons(data)
    assert "truncated" in told.pop("b/cut.jpg")
    assert told == {
        "b/empty.png": "empty file",
        "b/text.jpg": "not an image, or damaged",
        "b/notes.txt": "not an image: its name ends in '.txt'",
        "b/huge.png": "more than 89 million pixels",
        "b/.hidden.png": "hidden",
        "b/nested/.thumbs": "hidden",
        "b/__MACOSX": "hidden",
        "b/broken.png": "No such file or directory",
        "loose.png": "not in a class folder",
        ".git": "hidden",
    }


def test_that_names_in_any_script_are_kept(tmp_path: Path, read) -> None:
    data = read("image_folder", fill(tmp_path / "bilder ü", {"猫": 4, "Ünïcode ß": 4}), size=8)
    assert data.classes == ("Ünïcode ß", "猫")


@pytest.mark.skipif(os.name != "posix", reason="other systems have no such names")
def test_that_a_name_that_is_no_text_can_still_be_written_down(tmp_path: Path, read) -> None:
    root = fill(tmp_path / "in", {"a": 4, "b": 4})
    odd = root / os.fsdecode(b"b\xff")
    try:
        odd.mkdir()
    except OSError:
        pytest.skip("the file system refuses such names")
    for index in range(3):
        put(odd / f"{index}.png", index)
    (odd / os.fsdecode(b"x\xfe.png")).write_bytes(b"")
    data = read("image_folder", root, size=8)
    assert data.classes == ("a", "b", "b�")
    assert reasons(data) == {"b�/x�.png": "empty file"}


def test_that_packed_images_are_used_again_until_something_changes(tmp_path: Path, read) -> None:
    root = fill(tmp_path / "in", {"a": 5, "b": 5})
    (root / "a" / "text.png").write_text("x")
    first = read("image_folder", root, size=8)
    (folder,) = (tmp_path / "packed").iterdir()
    written = (folder / "train.npy").stat().st_mtime_ns
    again = read("image_folder", root, size=8)
    assert isinstance(again.train.images_NHWC, np.memmap)
    assert np.array_equal(first.train.images_NHWC, again.train.images_NHWC)
    assert (first.mean, first.std, first.problems) == (again.mean, again.std, again.problems)
    assert (folder / "train.npy").stat().st_mtime_ns == written
    assert list((tmp_path / "packed").iterdir()) == [folder]

    put(root / "b" / "new.png", 200)
    more = read("image_folder", root, size=8)
    assert len(more.train.labels_N) + len(more.test.labels_N) == 11
    read("image_folder", root, size=9)
    assert len(list((tmp_path / "packed").iterdir())) == 3


@pytest.mark.parametrize("victim", ["train.npy", "index.json", "test_labels.npy"])
def test_that_damaged_packed_images_are_packed_again(victim: str, tmp_path: Path, read) -> None:
    root = fill(tmp_path / "in", {"a": 5, "b": 5})
    wanted = np.array(read("image_folder", root, size=8).train.images_NHWC)
    (folder,) = (tmp_path / "packed").iterdir()
    (folder / victim).write_bytes((folder / victim).read_bytes()[:-7])
    assert load_packed(folder) is None
    assert np.array_equal(read("image_folder", root, size=8).train.images_NHWC, wanted)


def test_that_writing_into_the_images_leaves_the_packed_file_alone(tmp_path: Path, read) -> None:
    root = fill(tmp_path / "in", {"a": 5, "b": 5})
    images_NHWC = read("image_folder", root, size=8).train.images_NHWC
    before = np.array(images_NHWC)
    images_NHWC[:] = 0
    assert np.array_equal(read("image_folder", root, size=8).train.images_NHWC, before)


def test_that_progress_is_told_up_to_the_end(tmp_path: Path) -> None:
    root = fill(tmp_path / "in", {"a": 5, "b": 5})
    told: list[tuple[int, int, str]] = []
    entry = lookup("dataset", "image_folder")
    places = DataPlaces(root, (), tmp_path / "packed", lambda *said: told.append(said))
    entry.make(places, entry.parse_options({}))
    assert told[-1] == (10, 10, "packing images")
    assert [done for done, _, _ in told] == sorted(done for done, _, _ in told)


def test_that_two_runs_may_pack_the_same_folder_at_once(tmp_path: Path, read) -> None:
    root = fill(tmp_path / "in", {"a": 5, "b": 5})
    faster: list[ImageData] = []

    def overtaken(done: int, total: int, what: str) -> None:
        if done == total and not faster:
            faster.append(read("image_folder", root))

    entry = lookup("dataset", "image_folder")
    places = DataPlaces(root, (), tmp_path / "packed", overtaken)
    slower = entry.make(places, entry.parse_options({}))
    assert np.array_equal(slower.train.images_NHWC, faster[0].train.images_NHWC)
    assert len(list((tmp_path / "packed").iterdir())) == 1


def test_that_an_interrupted_packing_leaves_nothing(tmp_path: Path) -> None:
    root = fill(tmp_path / "in", {"a": 5, "b": 5})

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    entry = lookup("dataset", "image_folder")
    places = DataPlaces(root, (), tmp_path / "packed", interrupt)
    with pytest.raises(KeyboardInterrupt):
        entry.make(places, entry.parse_options({}))
    assert not any((tmp_path / "packed").iterdir())


@pytest.mark.parametrize(
    ("counts", "line"),
    [
        ({}, "has no class folders: put the images of each class into a folder of its own"),
        ({"a": 3}, "has one class folder only, 'a'"),
        ({"a": 3, "b": 1}, "class 'b' of .* has 1 readable training images"),
    ],
)
def test_that_too_little_is_refused(counts: dict, line: str, tmp_path: Path, read) -> None:
    (tmp_path / "in").mkdir()
    with pytest.raises(DataError, match=line) as caught:
        read("image_folder", fill(tmp_path / "in", counts))
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "packed").exists()


def test_that_a_class_of_unreadable_files_is_refused(tmp_path: Path, read) -> None:
    root = fill(tmp_path / "in", {"a": 3, "b": 1})
    (root / "b" / "x.png").write_text("x")
    with pytest.raises(DataError, match=r"class 'b' of .* has 1 readable training images"):
        read("image_folder", root)
    assert not any((tmp_path / "packed").iterdir())


@pytest.mark.parametrize(
    ("test", "line"),
    [
        ({"a": 1, "x": 1}, "has a class folder 'x' that the training part lacks"),
        ({}, "has no class folders: sort its images"),
    ],
)
def test_that_a_test_folder_of_other_classes_is_refused(
    test: dict, line: str, tmp_path: Path, read
) -> None:
    fill(tmp_path / "in" / "train", {"a": 3, "b": 3})
    put(tmp_path / "in" / "test" / "unsorted.png", 3)
    fill(tmp_path / "in" / "test", test)
    with pytest.raises(DataError, match=line):
        read("image_folder", tmp_path / "in")


def test_that_a_test_folder_of_unreadable_files_is_refused(tmp_path: Path, read) -> None:
    fill(tmp_path / "in" / "train", {"a": 3, "b": 3})
    (tmp_path / "in" / "test" / "a").mkdir(parents=True)
    (tmp_path / "in" / "test" / "a" / "x.png").write_text("x")
    with pytest.raises(DataError, match=r"the test folder of .* has no readable images"):
        read("image_folder", tmp_path / "in")


def test_that_no_folder_a_missing_one_and_a_file_are_told_apart(tmp_path: Path, read) -> None:
    with pytest.raises(DataError, match="needs 'root'"):
        read("image_folder")
    with pytest.raises(DataError, match="there is no folder"):
        read("image_folder", tmp_path / "nowhere")
    put(tmp_path / "x.png", 3)
    with pytest.raises(DataError, match="is a file"):
        read("image_folder", tmp_path / "x.png")
