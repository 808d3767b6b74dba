"""The handwritten digits that come with the program: the demo that needs no files."""

import numpy as np

from engine.datasets.dataset import (
    DataPlaces,
    ImageData,
    ImageSet,
    channel_statistics,
    choose_test,
)
from engine.registry import register
from engine.spec.bundled import bundled
from engine.spec.options import Options

HIGHEST = 16  # each pixel counts the inked ones of a 4×4 block


@register(
    "dataset", "digits", title="Handwritten digits",
    summary="1,797 grey images of 8×8 pixels in ten classes, bundled: nothing to download, and a "
    "run takes seconds. A fixed quarter, stratified, is the test part.",
    paper="Alpaydin, E. and Kaynak, C. (1998). Optical Recognition of Handwritten Digits. UCI "
    "Machine Learning Repository. https://doi.org/10.24432/C50P49",
    facts={
        "num_classes": 10, "image_size": 8, "channels": 1, "augmentation": "crop",
        "needs_root": False, "train_images": 1347, "test_images": 450, "bundled": True,
        "looked_for": "No files are needed: the images come with the program.",
    },
)
def make(places: DataPlaces, options: Options) -> ImageData:
    """Read the digits; `places` and `options` change nothing."""
    del places, options
    with np.load(bundled("assets") / "datasets" / "digits.npz") as digits:
        pixels_NHW, labels_N = digits["pixels_NHW"], digits["labels_N"].astype(np.int64)
    images_NHWC = np.rint(pixels_NHW * (255 / HIGHEST)).astype(np.uint8)[..., None]
    test_N = choose_test(labels_N, part=0.25)
    train = ImageSet(images_NHWC[~test_N], labels_N[~test_N])
    mean, std = channel_statistics(train.images_NHWC)
    return ImageData(
        name="digits", train=train, test=ImageSet(images_NHWC[test_N], labels_N[test_N]),
        classes=tuple("0123456789"), mean=mean, std=std, root="",
    )
