import io
import tarfile

import pytest
from PIL import Image

from engine.datasets.recognise import is_archive, recognise, unpack
from engine.spec.errors import DataError

CIFAR10 = (*(f"data_batch_{i}" for i in range(1, 6)), "test_batch")
PACKED = {
    "cifar-10-batches-py": ("cifar10", CIFAR10),
    "cifar-10-batches-bin": ("cifar10", [f"{name}.bin" for name in CIFAR10]),
    "cifar-100-python": ("cifar100", ["train", "test"]),
    "cifar-100-binary": ("cifar100", ["train.bin", "test.bin"]),
    "FashionMNIST/raw": ("fashion_mnist", [
        f"{part}-{kind}-ubyte.gz"
        for part in ("train", "t10k") for kind in ("images-idx3", "labels-idx1")
    ]),
}
LOOKED_FOR = "looked for a folder with one folder of images per class, for the files of CIFAR-10"


def quiet(*_):
    pass


def put_files(folder, names):
    folder.mkdir(parents=True)
    for name in names:
        (folder / name).write_bytes(name.encode())


def put_tar(path, names, mode="w:gz"):
    with tarfile.open(path, mode) as tar:
        for name in names:
            member = tarfile.TarInfo(name)
            member.size = len(name)
            tar.addfile(member, io.BytesIO(name.encode()))
    return path


def put_classes(folder, *names):
    for name in names:
        (folder / name).mkdir(parents=True)
        Image.new("RGB", (8, 8)).save(folder / name / "a.png")
    return folder


def official(folder):
    return [f"{folder}/{name}" for name in PACKED[folder][1]]


def refusal(call, *arguments):
    with pytest.raises(DataError) as caught:
        call(*arguments)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("folder", PACKED)
def test_that_a_published_folder_is_recognised_from_itself_and_from_above(tmp_path, folder):
    name, files = PACKED[folder]
    put_files(tmp_path / "here" / folder, files)
    for place in (tmp_path / "here", tmp_path / "here" / folder):
        found = recognise(place)
        assert (found.name, found.root) == (name, tmp_path / "here" / folder)


def test_that_class_folders_and_arrays_are_recognised(tmp_path):
    folder = put_classes(tmp_path / "pets", "cat", "dog")
    assert recognise(folder) == ("image_folder", folder, "pets")
    file = tmp_path / "mine.NPZ"
    file.write_bytes(b"")
    assert recognise(file) == ("npz", file, "mine")


def test_that_what_is_no_dataset_says_what_was_looked_for(tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "bare" / "a").mkdir(parents=True)
    (tmp_path / "bare" / "b").mkdir()
    (tmp_path / "notes.txt").write_text("notes")
    put_classes(tmp_path / "single", "cat")
    said = {
        name: refusal(recognise, tmp_path / name)
        for name in ("empty", "bare", "notes.txt", "single", "absent")
    }
    assert "empty has no class folders: put the images of each class" in said["empty"]
    assert "bare holds no image files" in said["bare"]
    assert "notes.txt is nothing that can be read here" in said["notes.txt"]

    assert "has one class folder only, 'cat': at least two are needed" in said["single"]
    assert all(LOOKED_FOR in said[name] for name in ("empty", "bare", "notes.txt", "single"))
    assert said["absent"] == f"there is no file or folder {tmp_path / 'absent'}"


def test_that_an_incomplete_copy_and_a_folder_of_several_are_told(tmp_path):
    put_files(tmp_path / "cifar-10-batches-py", CIFAR10[1:])
    assert refusal(recognise, tmp_path) == (
        f"CIFAR-10 is not complete: {tmp_path / 'cifar-10-batches-py'} lacks data_batch_1; copy "
        "or unpack it again"
    )
    (tmp_path / "cifar-10-batches-py" / "data_batch_1").write_bytes(b"")
    put_files(tmp_path / "cifar-100-python", ["train", "test"])
    assert "holds CIFAR-10 and CIFAR-100: add the folder of one" in refusal(recognise, tmp_path)


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:xz"])
@pytest.mark.parametrize("folder", PACKED)
def test_that_an_official_archive_is_unpacked(tmp_path, folder, mode):
    path = put_tar(tmp_path / "given.tar", ["README", *official(folder)], mode)
    before, heard = path.read_bytes(), []
    assert is_archive(path)
    found = unpack(path, tmp_path / "datasets", lambda *now: heard.append(now))
    assert (found.name, found.root) == (PACKED[folder][0], tmp_path / "datasets" / folder)
    assert {p.name: p.read_text() for p in found.root.iterdir()} == {
        name.rpartition("/")[2]: name for name in official(folder)
    }
    assert len(heard) == len(official(folder))
    assert path.read_bytes() == before
    assert [p.name for p in (tmp_path / "datasets").iterdir()] == [folder.partition("/")[0]]


def test_that_what_was_unpacked_before_stays_as_it_is(tmp_path):
    folder = "cifar-100-python"
    put_files(tmp_path / "datasets" / folder, ["train", "test"])
    found = unpack(put_tar(tmp_path / "a.tgz", official(folder)), tmp_path / "datasets", quiet)
    assert (found.root / "train").read_text() == "train"


def test_that_members_that_point_elsewhere_are_never_written(tmp_path):
    names = [
        "../escaped", "../../escaped", f"{tmp_path}/escaped", "../cifar-100-python/train",
        *official("cifar-100-python"), "cifar-100-python/../../escaped",
    ]
    found = unpack(put_tar(tmp_path / "a.tgz", names), tmp_path / "in" / "datasets", quiet)
    written = {p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*") if p.is_file()}
    assert written == {"a.tgz", *(f"in/datasets/{name}" for name in official("cifar-100-python"))}
    assert found.name == "cifar100"


def test_that_links_in_an_archive_are_not_followed(tmp_path):
    (tmp_path / "secret").write_text("secret")
    with tarfile.open(tmp_path / "a.tgz", "w:gz") as tar:
        for name in official("cifar-100-python"):
            member = tarfile.TarInfo(name)
            member.type, member.linkname = tarfile.SYMTYPE, str(tmp_path / "secret")
            tar.addfile(member)
    said = refusal(unpack, tmp_path / "a.tgz", tmp_path / "datasets", quiet)
    assert "holds nothing that is known" in said


@pytest.mark.parametrize("part", [0.3, 0.6, 0.8])
def test_that_a_truncated_archive_leaves_nothing(tmp_path, part):
    path = tmp_path / "cifar.tar.gz"
    with tarfile.open(path, "w:gz", compresslevel=0) as tar:
        for name in official("cifar-10-batches-py"):
            member = tarfile.TarInfo(name)
            member.size = 20_000
            tar.addfile(member, io.BytesIO(bytes(20_000)))
    path.write_bytes(path.read_bytes()[: int(part * path.stat().st_size)])
    assert is_archive(path)
    said = refusal(unpack, path, tmp_path / "datasets", quiet)
    assert said.startswith(f"{path} is truncated or damaged (")
    assert said.endswith("nothing was unpacked: copy or download it again")
    assert list((tmp_path / "datasets").iterdir()) == []


def test_that_another_or_an_incomplete_archive_is_told_by_its_own_name(tmp_path):
    other = put_tar(tmp_path / "other.tar.gz", ["a/b", "train", "test"])
    assert refusal(unpack, other, tmp_path / "datasets", quiet).startswith(
        f"{other} holds nothing that is known: looked for the official archive of CIFAR-10"
    )
    half = put_tar(tmp_path / "half.tar.gz", official("cifar-10-batches-py")[1:])
    assert refusal(unpack, half, tmp_path / "datasets", quiet) == (
        f"CIFAR-10 is not complete: {half}/cifar-10-batches-py lacks data_batch_1; copy or unpack "
        "it again"
    )
    assert list((tmp_path / "datasets").iterdir()) == []


def test_that_a_file_of_an_impossible_size_is_refused(tmp_path):
    path = tmp_path / "bomb.tar"
    member = tarfile.TarInfo("cifar-100-python/train")
    member.size = 2**40
    path.write_bytes(member.tobuf() + bytes(1024))
    assert "cifar-100-python/train is too large" in refusal(
        unpack, path, tmp_path / "datasets", quiet
    )


@pytest.mark.parametrize("name", ["text.tar.gz", "text.TGZ", "text.tar"])
def test_that_a_text_is_no_archive_and_called_damaged_where_it_is_named_like_one(tmp_path, name):
    path = tmp_path / name
    path.write_text("no archive")
    assert not is_archive(path)
    assert not is_archive(tmp_path)
    assert f"{name} is damaged, or no archive at all" in refusal(recognise, path)


def test_that_a_full_or_closed_place_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    path = put_tar(tmp_path / "a.tgz", official("cifar-100-python"))
    said = refusal(unpack, path, tmp_path / "file" / "datasets", quiet)
    assert said.startswith(f"cannot unpack {path} to ")
