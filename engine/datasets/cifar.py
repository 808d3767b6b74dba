"""CIFAR-10 and CIFAR-100, in either of the layouts they are published in."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from engine.datasets.archives import Archive, Layout, Remote, obtain
from engine.datasets.dataset import DataPlaces, ImageData, ImageSet
from engine.datasets.safe_pickle import read_pickled_table
from engine.registry import register
from engine.spec.errors import DataError
from engine.spec.options import Options, option

SIDE = 32
PIXEL_BYTES = 3 * SIDE * SIDE
PAPER = (
    "Krizhevsky, A. (2009). Learning Multiple Layers of Features from Tiny Images. "
    "https://www.cs.toronto.edu/~kriz/cifar.html"
)

_TEN = "airplane automobile bird cat deer dog frog horse ship truck"
_FINE = """
    apple aquarium_fish baby bear beaver bed bee beetle bicycle bottle bowl boy bridge bus
    butterfly camel can castle caterpillar cattle chair chimpanzee clock cloud cockroach couch
    crab crocodile cup dinosaur dolphin elephant flatfish forest fox girl hamster house kangaroo
    keyboard lamp lawn_mower leopard lion lizard lobster man maple_tree motorcycle mountain mouse
    mushroom oak_tree orange orchid otter palm_tree pear pickup_truck pine_tree plain plate poppy
    porcupine possum rabbit raccoon ray road rocket rose sea seal shark shrew skunk skyscraper
    snail snake spider squirrel streetcar sunflower sweet_pepper table tank telephone television
    tiger tractor train trout tulip turtle wardrobe whale willow_tree wolf woman worm
"""
_COARSE = """
    aquatic_mammals fish flowers food_containers fruit_and_vegetables
    household_electrical_devices household_furniture insects large_carnivores
    large_man-made_outdoor_things large_natural_outdoor_scenes large_omnivores_and_herbivores
    medium_mammals non-insect_invertebrates people reptiles small_mammals trees vehicles_1
    vehicles_2
"""
CIFAR10_CLASSES = tuple(_TEN.split())
CIFAR100_FINE = tuple(_FINE.split())
CIFAR100_COARSE = tuple(_COARSE.split())

_BATCHES = tuple(f"data_batch_{i}" for i in range(1, 6))
CIFAR10 = Archive(
    title="CIFAR-10",
    layouts=(
        Layout((*_BATCHES, "test_batch"), ("", "cifar-10-batches-py")),
        Layout((*(f"{b}.bin" for b in _BATCHES), "test_batch.bin"), ("", "cifar-10-batches-bin")),
    ),
    remotes=(
        Remote(
            "https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz",
            "c58f30108f718f92721af3b95e74349a",
        ),
    ),
    folder="cifar-10-batches-py",
)
CIFAR100 = Archive(
    title="CIFAR-100",
    layouts=(
        Layout(("train", "test"), ("", "cifar-100-python")),
        Layout(("train.bin", "test.bin"), ("", "cifar-100-binary")),
    ),
    remotes=(
        Remote(
            "https://www.cs.toronto.edu/~kriz/cifar-100-python.tar.gz",
            "eb9058c3a382ffc7106e4002c42a8d85",
        ),
    ),
    folder="cifar-100-python",
)


@dataclass(frozen=True)
class _Labels:
    """Where the labels are: key in a pickle; bytes before the pixels of a record, and which."""

    key: str
    num_bytes: int
    column: int
    classes: tuple[str, ...]


class Cifar100Options(Options):
    """Options of CIFAR-100."""

    labels: Literal["fine", "coarse"] = option(
        "fine", "The 100 fine classes, or the 20 coarse ones that they belong to."
    )


@register(
    "dataset", "cifar10", title="CIFAR-10", paper=PAPER,
    summary="60,000 colour photographs of 32×32 pixels in ten classes; 10,000 of them are the "
    "test part.",
    facts={
        "num_classes": 10, "image_size": SIDE, "channels": 3, "augmentation": "crop_flip",
        "needs_root": False, "train_images": 50_000, "test_images": 10_000, "bundled": False,
        "looked_for": "The unpacked archive, cifar-10-batches-py or cifar-10-batches-bin, or the "
        "folder that holds it. Name the folder, or put it into the workspace's datasets folder; "
        "where there is a network it is downloaded (170 MB).",
    },
)
def cifar10(places: DataPlaces, options: Options) -> ImageData:
    """Read CIFAR-10, downloading it if need be.

    Raises:
        DataError: it is not there, or a file is damaged.
    """
    del options
    labels = _Labels("labels", 1, 0, CIFAR10_CLASSES)
    mean, std = (0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616)
    return _read("cifar10", CIFAR10, places, labels, mean, std)


@register(
    "dataset", "cifar100", title="CIFAR-100", paper=PAPER, options=Cifar100Options,
    summary="60,000 colour photographs of 32×32 pixels in 100 fine classes, which belong to 20 "
    "coarse ones; 10,000 of them are the test part.",
    facts={
        "num_classes": 100, "image_size": SIDE, "channels": 3, "augmentation": "crop_flip",
        "needs_root": False, "train_images": 50_000, "test_images": 10_000, "bundled": False,
        "looked_for": "The unpacked archive, cifar-100-python or cifar-100-binary, or the folder "
        "that holds it. Name the folder, or put it into the workspace's datasets folder; where "
        "there is a network it is downloaded (169 MB).",
    },
)
def cifar100(places: DataPlaces, options: Cifar100Options) -> ImageData:
    """Read CIFAR-100, downloading it if need be.

    Raises:
        DataError: it is not there, or a file is damaged.
    """
    fine = options.labels == "fine"
    labels = _Labels(
        f"{options.labels}_labels", 2, int(fine), CIFAR100_FINE if fine else CIFAR100_COARSE
    )
    mean, std = (0.5071, 0.4867, 0.4408), (0.2675, 0.2565, 0.2761)
    return _read("cifar100", CIFAR100, places, labels, mean, std)


def _read(
    name: str, archive: Archive, places: DataPlaces, labels: _Labels,
    mean: tuple[float, ...], std: tuple[float, ...],
) -> ImageData:
    folder, layout = obtain(archive, places)
    sets: list[ImageSet] = []
    for done, file in enumerate(layout.files):
        places.progress(done, len(layout.files), f"reading {archive.title}")
        path = folder / file
        sets.append((_read_binary if path.suffix == ".bin" else _read_pickle)(path, labels))
    places.progress(1, 1, f"reading {archive.title}")
    *train, test = sets
    return ImageData(
        name=name, train=_joined(train), test=test, classes=labels.classes, mean=mean, std=std,
        root=str(folder),
    )


def _joined(sets: list[ImageSet]) -> ImageSet:
    if len(sets) == 1:
        return sets[0]
    return ImageSet(
        np.concatenate([s.images_NHWC for s in sets]), np.concatenate([s.labels_N for s in sets])
    )


def _read_binary(path: Path, labels: _Labels) -> ImageSet:
    """Records of one or two label bytes and 3,072 pixels."""
    try:
        raw = np.fromfile(path, np.uint8)
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror or error}") from None
    size = labels.num_bytes + PIXEL_BYTES
    if not len(raw) or len(raw) % size:
        raise DataError(
            f"{path} is truncated or damaged: its {len(raw):,} bytes are not whole records of "
            f"{size:,}; copy or unpack it again"
        )
    records = raw.reshape(-1, size)
    return _image_set(path, records[:, labels.num_bytes :], records[:, labels.column], labels)


def _read_pickle(path: Path, labels: _Labels) -> ImageSet:
    """A table with "data", (N, 3072) uint8, and lists of labels."""
    table = read_pickled_table(path)
    pixels, listed = table.get("data"), _whole_numbers(table.get(labels.key))
    if not isinstance(pixels, np.ndarray) or pixels.ndim != 2 or pixels.shape[1] != PIXEL_BYTES:
        raise DataError(f"{path} is no {SIDE}×{SIDE} CIFAR file: it has no table of pixels 'data'")
    if listed is None or len(listed) != len(pixels):
        raise DataError(f"{path} is damaged: '{labels.key}' is not one label for every image")
    return _image_set(path, pixels, np.array(listed, np.int64), labels)


def _whole_numbers(listed: Any) -> list[int] | None:
    if isinstance(listed, list) and all(type(x) is int and abs(x) < 2**31 for x in listed):
        return listed
    return None


def _image_set(
    path: Path, pixels_NP: NDArray[np.uint8], labels_N: NDArray[Any], labels: _Labels
) -> ImageSet:
    """From planes of R, G and B to (N, H, W, 3)."""
    if not len(labels_N):
        raise DataError(f"{path} is damaged: it holds no images")
    high, num_classes = int(labels_N.max()), len(labels.classes)
    if high >= num_classes or int(labels_N.min()) < 0:
        raise DataError(
            f"{path} is damaged or another dataset: a label is {high}, but there are "
            f"{num_classes} classes"
        )
    planes_NCHW = pixels_NP.reshape(-1, 3, SIDE, SIDE)
    return ImageSet(
        np.ascontiguousarray(planes_NCHW.transpose(0, 2, 3, 1)), labels_N.astype(np.int64)
    )
