"""What would be written of the plain backbone of a bundle: its files are held against that."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch

from engine.chores.rebuild import blank_of
from engine.datasets.dataset import ImageData, ImageSet
from engine.exports.content import Content
from engine.exports.part import Part
from engine.exports.plain_file import worn
from engine.training.data import Images, Normalise


def made_up(
    certificate: Mapping[str, Any], part: Part, labels: list[str], how: Mapping[str, Any]
) -> Content:
    """What would be written of the plain backbone, with noise in place of images."""
    size = certificate["input"]
    shape = 2, size["height"], size["width"], size["channels"]
    pixels = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    noise = Images(pixels, np.zeros(len(pixels), np.int64), None, torch.device("cpu"))
    normalise = Normalise(tuple(how["mean"]), tuple(how["std"]))
    return _plain(certificate, part, noise, normalise, labels)


def plain_of(
    certificate: Mapping[str, Any], part: Part, data: ImageData, labels: list[str]
) -> Content:
    """What would be written of the plain backbone."""
    normalise = Normalise(data.mean, data.std)
    return _plain(certificate, part, on_cpu(data.train), normalise, labels)


def _plain(
    certificate: Mapping[str, Any], part: Part, training: Images, normalise: Normalise,
    classes: Sequence[str],
) -> Content:
    size = certificate["input"]
    shape = size["height"], size["width"], size["channels"]
    network = worn(blank_of(certificate)).requires_grad_(False)
    return Content(network, shape, training, normalise, part, classes)


def on_cpu(images: ImageSet) -> Images:
    """All images of a part of the data, to be looked at on the CPU."""
    return Images(images.images_NHWC, images.labels_N, None, torch.device("cpu"))
