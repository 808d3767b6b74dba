"""Your own images: a folder with one folder per class."""

import hashlib
import json
from dataclasses import astuple
from typing import Literal

from engine.datasets.dataset import DataPlaces, ImageData
from engine.datasets.folder_listing import Listing, list_folder, shown
from engine.datasets.packing import load_packed, pack
from engine.registry import register
from engine.spec.errors import DataError
from engine.spec.options import Options, option

PACKING = 1  # raised when packed pixels would come out differently


class ImageFolderOptions(Options):
    """Options of an image folder."""

    size: int = option(
        64, "Shorter side after scaling; the centre square is cut out.", unit="pixels",
        ge=8, le=512,
    )
    channels: Literal[1, 3] = option(3, "3 keeps colour, 1 makes images grey.")
    test_part: float = option(
        0.2, "Part of each class set aside as test images, where there is no test or val folder.",
        ge=0.05, le=0.5,
    )


@register(
    "dataset", "image_folder", title="Image folder", options=ImageFolderOptions,
    summary="Your own images: one folder per class, in JPEG, PNG, WebP, GIF, BMP, TIFF or PPM, of "
    "any size. They are scaled and packed once, the first time they are used; files that cannot "
    "be read are listed and left out.",
    facts={
        "num_classes": None, "image_size": None, "channels": None, "augmentation": "crop_flip",
        "needs_root": True, "train_images": None, "test_images": None, "bundled": False,
        "looked_for": "FOLDER/train/CLASS/… and FOLDER/test/CLASS/… (or val), else "
        "FOLDER/CLASS/…, of which a stratified part becomes the test part. Name the folder.",
    },
)
def make(places: DataPlaces, options: ImageFolderOptions) -> ImageData:
    """List the folder and pack its images, or take them as they were packed before.

    Raises:
        DataError: no such folder, fewer than two classes, or a class with too few images.
    """
    if places.root is None:
        raise DataError("image_folder needs 'root': name the folder that holds the class folders")
    listing = list_folder(places.root.resolve())
    folder = places.packed / _key(listing, options)
    packed = load_packed(folder)
    if packed is None:
        shape = (options.size, options.size, options.channels)
        packed = pack(listing, shape, options.test_part, folder, places.progress)
    return ImageData(
        name="image_folder", train=packed.train, test=packed.test, classes=listing.classes,
        mean=packed.mean, std=packed.std, root=shown(str(places.root)),
        problems=(*listing.problems, *packed.problems),
    )


def _key(listing: Listing, options: ImageFolderOptions) -> str:
    """Changes with the folder, the options, and any file's name, size or time."""
    items = [astuple(item) for item in listing.items]
    identity = [PACKING, str(listing.root), options.model_dump(), listing.classes, items]
    return hashlib.sha256(json.dumps(identity).encode()).hexdigest()[:20]
