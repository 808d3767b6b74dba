"""Fashion-MNIST, from its IDX files."""

import gzip
import struct
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.datasets.archives import Archive, Layout, Remote, obtain
from engine.datasets.dataset import DataPlaces, ImageData, ImageSet
from engine.registry import register
from engine.spec.errors import DataError
from engine.spec.options import Options

FILES = (
    "train-images-idx3-ubyte", "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte",
)
_SITE = "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/"
_MD5 = (
    "8d4fb7e6c68d591d4c3dfef9ec88bf0d", "25c81989df183df01b3e8a0aad5dffbe",
    "bef4ecab320f06d8554ea6380940ec79", "bb300cfdad3c16e7a12a480ee83cd310",
)
_FOLDERS = ("", "FashionMNIST/raw", "raw")
ARCHIVE = Archive(
    title="Fashion-MNIST",
    layouts=(Layout(tuple(f"{name}.gz" for name in FILES), _FOLDERS), Layout(FILES, _FOLDERS)),
    remotes=tuple(
        Remote(f"{_SITE}{name}.gz", md5) for name, md5 in zip(FILES, _MD5, strict=True)
    ),
    folder="FashionMNIST/raw",
)
CLASSES = (
    "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag",
    "Ankle boot",
)


@register(
    "dataset", "fashion_mnist", title="Fashion-MNIST",
    summary="70,000 grey pictures of clothes, 28×28 pixels in ten classes; 10,000 of them are "
    "the test part.",
    paper="Xiao, H., Rasul, K. and Vollgraf, R. (2017). Fashion-MNIST: a Novel Image Dataset for "
    "Benchmarking Machine Learning Algorithms. arXiv:1708.07747",
    facts={
        "num_classes": 10, "image_size": 28, "channels": 1, "augmentation": "crop_flip",
        "needs_root": False, "train_images": 60_000, "test_images": 10_000, "bundled": False,
        "looked_for": "The four files train-images-idx3-ubyte … t10k-labels-idx1-ubyte, with .gz "
        "or unpacked, in the folder named or its FashionMNIST/raw. Name the folder, or put "
        "FashionMNIST into the workspace's datasets folder; where there is a network they are "
        "downloaded (31 MB).",
    },
)
def make(places: DataPlaces, options: Options) -> ImageData:
    """Read Fashion-MNIST, downloading it if need be.

    Raises:
        DataError: it is not there, or a file is damaged.
    """
    del options
    folder, layout = obtain(ARCHIVE, places)
    arrays: list[NDArray[np.uint8]] = []
    for done, file in enumerate(layout.files):
        places.progress(done, len(layout.files), "reading Fashion-MNIST")
        arrays.append(read_idx(folder / file))
    places.progress(1, 1, "reading Fashion-MNIST")
    train_images, train_labels, test_images, test_labels = arrays
    return ImageData(
        name="fashion_mnist",
        train=ImageSet(train_images[..., None], train_labels.astype(np.int64)),
        test=ImageSet(test_images[..., None], test_labels.astype(np.int64)),
        classes=CLASSES, mean=(0.2860,), std=(0.3530,), root=str(folder),
    )


def read_idx(path: Path) -> NDArray[np.uint8]:
    """Read an IDX file of bytes, gzipped or not.

    It holds two zero bytes, the type (8: bytes), the number of dimensions, each dimension as a
    big-endian 32-bit number, then the values.

    Raises:
        DataError: it cannot be read, or is truncated or damaged.
    """
    try:
        raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        zeros, kind, dimensions = struct.unpack_from(">HBB", raw)
        shape = struct.unpack_from(f">{dimensions}I", raw, 4)
        if zeros != 0 or kind != 8:
            raise ValueError("no IDX file of bytes")
        return np.frombuffer(raw, np.uint8, offset=4 + 4 * dimensions).reshape(shape).copy()
    except (OSError, EOFError, zlib.error, struct.error, ValueError) as error:
        raise DataError(
            f"{path} is truncated or damaged ({error}); copy or download it again"
        ) from None
