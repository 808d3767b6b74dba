"""Which image files a folder of class folders holds, before any of them is read."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from engine.datasets.dataset import Problem
from engine.spec.errors import DataError
from engine.spec.image_files import ENDINGS

TEST_FOLDERS = ("test", "val", "valid", "validation")


@dataclass(frozen=True)
class Item:
    """One image file.

    Attributes:
        name: path relative to the root, with slashes.
        label: index of its class.
        test: whether it lies in the test folder.
        size: bytes.
        modified_ns: when it was last written.
    """

    name: str
    label: int
    test: bool
    size: int
    modified_ns: int


@dataclass(frozen=True)
class Listing:
    """What was found in a folder.

    Attributes:
        root: the folder.
        classes: class names, sorted.
        items: the image files, in a fixed order.
        has_test: whether there is a test folder; a part is chosen otherwise.
        problems: what else lies there, and is not used.
    """

    root: Path
    classes: tuple[str, ...]
    items: tuple[Item, ...]
    has_test: bool
    problems: tuple[Problem, ...]


def list_folder(root: Path) -> Listing:
    """List ROOT/train and ROOT/test (else val) where they exist, else ROOT's class folders.

    Raises:
        DataError: it is no folder, cannot be read, or has fewer than two class folders.
    """
    if not root.exists():
        raise DataError(f"there is no folder {root}: name the folder that holds the class folders")
    if not root.is_dir():
        raise DataError(f"{root} is a file: name the folder that holds the class folders")
    try:
        return _list(root)
    except OSError as error:
        raise DataError(f"cannot read {error.filename or root}: {error.strerror}") from None


def _list(root: Path) -> Listing:
    problems: list[Problem] = []
    train, test = _parts(root, problems)
    classes = _class_folders(root, train, problems)
    _check_classes(train, classes)
    items = list(_items(root, train, classes, False, problems))
    if test is not None:
        tested = _class_folders(root, test, problems)
        _check_test_classes(test, tested, classes)
        items += _items(root, test, [name for name in classes if name in tested], True, problems,
                        labels=classes)
        problems += [
            Problem(shown(f"{test.name}/{name}"), "no such folder: the class has no test images")
            for name in classes if name not in tested
        ]
    names = tuple(shown(name) for name in classes)
    return Listing(root, names, tuple(items), test is not None, tuple(problems))


def shown(name: str) -> str:
    """A file name as text that can be stored: bytes that are no UTF-8 become �."""
    return os.fsencode(name).decode("utf-8", "replace")


def _hidden(name: str) -> bool:
    return name.startswith(".") or name == "__MACOSX"


def _parts(root: Path, problems: list[Problem]) -> tuple[Path, Path | None]:
    """The folders of training and of test classes."""
    folders = {p.name.lower(): p for p in root.iterdir() if p.is_dir() and not _hidden(p.name)}
    tests = [folders[name] for name in TEST_FOLDERS if name in folders]
    train = folders.get("train")
    if train is None or (not tests and len(folders) > 1):  # else "train" is a class like others
        return root, None
    used = [train, *tests[:1]]
    problems += [
        Problem(shown(p.name), f"not used, as there are {' and '.join(u.name for u in used)}")
        for p in sorted(root.iterdir()) if p not in used
    ]
    return train, tests[0] if tests else None


def _class_folders(root: Path, part: Path, problems: list[Problem]) -> list[str]:
    names: list[str] = []
    for path in sorted(part.iterdir()):
        if path.is_dir() and not _hidden(path.name):
            names.append(path.name)
        else:
            why = "hidden" if _hidden(path.name) else "not in a class folder"
            problems.append(Problem(shown(path.relative_to(root).as_posix()), why))
    return names


def _check_classes(train: Path, classes: list[str]) -> None:
    if not classes:
        raise DataError(
            f"{train} has no class folders: put the images of each class into a folder of its "
            "own, named like the class"
        )
    if len(classes) < 2:
        raise DataError(
            f"{train} has one class folder only, '{shown(classes[0])}': at least two are needed"
        )


def _check_test_classes(test: Path, tested: list[str], classes: list[str]) -> None:
    strange = [name for name in tested if name not in classes]
    if strange:
        raise DataError(
            f"{test} has a class folder '{shown(strange[0])}' that the training part lacks: "
            "rename or remove it"
        )
    if not tested:
        raise DataError(
            f"{test} has no class folders: sort its images into the classes, or remove it, and a "
            "part of the training images is held out as the test part"
        )


def _items(
    root: Path, part: Path, classes: list[str], test: bool, problems: list[Problem],
    labels: list[str] | None = None,
) -> Iterator[Item]:
    for name in classes:
        label = (labels or classes).index(name)
        for path in _files(root, part / name, problems):
            relative = path.relative_to(root).as_posix()
            try:
                status = path.stat()
            except OSError as error:
                problems.append(Problem(shown(relative), error.strerror or "cannot be read"))
                continue
            fault = _fault(path, status.st_size)
            if fault:
                problems.append(Problem(shown(relative), fault))
            else:
                yield Item(relative, label, test, status.st_size, status.st_mtime_ns)


def _files(root: Path, folder: Path, problems: list[Problem]) -> list[Path]:
    """Every file below `folder` that is not hidden, sorted."""

    def unreadable(error: OSError) -> None:
        where = Path(error.filename).relative_to(root).as_posix()
        problems.append(Problem(shown(where), error.strerror or "cannot be read"))

    found: list[Path] = []
    for place, folders, files in os.walk(folder, onerror=unreadable):
        for name in sorted(n for n in (*folders, *files) if _hidden(n)):
            where = (Path(place) / name).relative_to(root).as_posix()
            problems.append(Problem(shown(where), "hidden"))
        folders[:] = sorted(n for n in folders if not _hidden(n))
        found += [Path(place) / n for n in files if not _hidden(n)]
    return sorted(found)


def _fault(path: Path, size: int) -> str:
    if path.suffix.lower() not in ENDINGS:
        return f"not an image: its name ends in '{path.suffix}'"
    return "" if size else "empty file"
