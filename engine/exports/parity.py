"""How far a file's answers are from the trained network's, and how far they may be.

Legend: N images, O outputs, K classes.
"""

from collections.abc import Mapping
from math import isclose
from typing import Any

import numpy as np
from numpy.typing import NDArray

TOLERANCE = 1e-4
"""How far logits of float32 files may be apart: times the largest logit, or 1 if that is smaller.

Rounding grows with what is rounded, so an absolute bound alone would be one on the size of the
logits. A file may say another class only of images whose two highest logits are within twice the
largest difference: a tie that rounding has turned.
"""

WARN_BELOW = 0.98
"""Of files that compute otherwise than in float32: with less top-1 agreement there is a warning."""

_ARITHMETIC = 1e-6  # of the comparison itself


def parity(got_ONK: NDArray[np.float32], expected_ONK: NDArray[np.float32]) -> dict[str, Any]:
    """What is told of a file's answers beside the trained network's.

    Returns:
        Top-1 agreement; the largest difference of logits, by itself and as a part of the largest
        logit (or of 1), which is `tolerance` at most in files of float32; how many images there
        are; of those with another class how many, and by how much the trained network told its two
        highest logits apart there, at most and in the median (`disagreeing`).
    """
    difference = float(np.abs(got_ONK - expected_ONK).max())
    size = max(1.0, float(np.abs(expected_ONK).max()))
    differ_ON = got_ONK.argmax(2) != expected_ONK.argmax(2)
    margins_D = margins(expected_ONK[differ_ON])
    return {
        "top1_agreement": float(1 - differ_ON.mean()),
        "max_abs_logit_diff": difference, "max_rel_logit_diff": difference / size,
        "tolerance": TOLERANCE * size, "num_images": expected_ONK.shape[1],
        "disagreeing": {
            "num_images": int(differ_ON.any(axis=0).sum()),
            "largest_margin": float(margins_D.max(initial=0.0)),
            "median_margin": float(np.median(margins_D)) if len(margins_D) else 0.0,
        },
    }


def margins(logits_NK: NDArray[np.float32]) -> NDArray[np.float32]:
    """By how much the two highest logits of each image are apart, (N,)."""
    highest_N2 = np.partition(logits_NK, -2, axis=-1)[..., -2:]
    return highest_N2[..., 1] - highest_N2[..., 0]


def deviation(said: Mapping[str, Any]) -> str:
    """What `parity` says, or is said to have said, where rounding does less; else empty."""
    told, turned = said["disagreeing"], 2 * (1 + _ARITHMETIC) * said["max_abs_logit_diff"]
    differing = (1 - said["top1_agreement"]) * said["num_images"]
    if (
        said["max_rel_logit_diff"] <= TOLERANCE and told["largest_margin"] <= turned
        and differing <= told["num_images"] + _ARITHMETIC * said["num_images"]
    ):
        return ""
    return (
        f"the same class for {said['top1_agreement']:.2%} of {said['num_images']:,} images, "
        f"logits up to {said['max_abs_logit_diff']:.2g} apart, and {said['tolerance']:.2g} is "
        "what rounding may do"
    )


def warnings_of(said: Mapping[str, Any]) -> list[str]:
    """What is to be said of a file that computes otherwise than in float32."""
    if said["top1_agreement"] >= WARN_BELOW:
        return []
    return [
        f"another class than the trained network's for {1 - said['top1_agreement']:.1%} of the "
        "images: compare the accuracies before you use it"
    ]


def contradiction(said: Mapping[str, Any]) -> str:
    """What of `parity` cannot go together, whatever the file; or empty.

    Of an image of another class the two highest logits were within twice the largest difference.
    """
    told, apart, count = said["disagreeing"], said["max_abs_logit_diff"], said["num_images"]
    outputs = len(said.get("test_top1_of_outputs") or [0])
    differing, some = (1 - said["top1_agreement"]) * count, _ARITHMETIC * count
    if not differing - some <= told["num_images"] <= differing * outputs + some:
        return "agreement and the images of another class do not fit"
    if not told["median_margin"] <= told["largest_margin"] <= 2 * (1 + _ARITHMETIC) * apart:
        return "images of another class whose logits were further apart than the file moves them"
    if said["tolerance"] < TOLERANCE or not isclose(
        said["max_rel_logit_diff"] * said["tolerance"], TOLERANCE * apart, rel_tol=_ARITHMETIC
    ):
        return "a largest difference that is another part of the largest logit"
    return ""


def margin_text(said: Mapping[str, Any]) -> str:
    """The disagreeing margin in words; empty where every image has the same class."""
    told = said["disagreeing"]
    if not told["num_images"]:
        return ""
    images = "1 image" if told["num_images"] == 1 else f"{told['num_images']:,} images"
    return (
        f"{images} of another class, where the trained network's two highest logits are "
        f"{told['largest_margin']:.2g} apart at most, {told['median_margin']:.2g} in the median"
    )
