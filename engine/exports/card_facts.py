"""The parts of a model card that say what a network is for: task, data, preprocessing, licence."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

_SHOWN_CLASSES = 100
_MEANS_SOMETHING = re.compile(r"[\\`*\[\]<>|&#~]|(?<![^\W_])_|_(?![^\W_])")
"""What Markdown would not show as it stands; of underscores those that are inside no word."""


def as_it_stands(text: str) -> str:
    """A text of the user's, in Markdown."""
    return _MEANS_SOMETHING.sub(r"\\\g<0>", text)


def task(certificate: Mapping[str, Any], classes: Sequence[str]) -> list[str]:
    """What goes in, and what comes out."""
    shown = ", ".join(map(as_it_stands, classes[:_SHOWN_CLASSES]))
    if len(classes) > _SHOWN_CLASSES:
        shown += " … (all are in labels.txt)"
    return [
        "## Task", "",
        f"Image classification: {_size(certificate)} goes in, and {len(classes)} logits come out, "
        "one a class in the order of `labels.txt`. The largest is the answer, and their softmax is "
        "how probable the network takes each class to be.",
        "", f"The {len(classes)} classes: {shown}.",
    ]


def data(certificate: Mapping[str, Any]) -> list[str]:
    """What it learned from, and what it was measured on."""
    told, spec = certificate["data"], certificate["spec"]["dataset"]
    images = told["images"]
    return [
        "## Data", "",
        f"- {told['title']} (`{certificate['dataset']}`). {told['summary']}",
        f"- Images: {images['training']:,} to train on, {images['validation']:,} for validation, "
        f"{images['test']:,} for test; each as {_size(certificate)}.",
        f"- {_held_out(images['validation'], spec)}",
        f"- {_test_part(told)} Nothing was chosen by them.",
    ]


def preprocessing(
    certificate: Mapping[str, Any], how: Mapping[str, Any], inside: Sequence[str]
) -> list[str]:
    """How an image becomes the network's input.

    Args:
        certificate: of the bundle.
        how: what `preprocess.json` holds.
        inside: the files that normalise by themselves.
    """
    grey = how["channels"] == 1
    mean, std = (", ".join(f"{value:.4f}" for value in how[key]) for key in ("mean", "std"))
    others = [p["file"] for p in certificate["formats"].values() if p["file"] not in inside]
    lines = [
        "## Preprocessing", "",
        "1. The image is turned upright as its EXIF data say, transparent parts become white, and "
        f"16-bit pixels 8-bit ones; it is converted to {'grey' if grey else 'RGB'}.",
        f"2. Its shorter side is scaled to fit (bicubic), and the centre of {how['height']} × "
        f"{how['width']} pixels is cut out.",
        "3. Each pixel is divided by 255, the mean is subtracted, and the result is divided by the "
        f"standard deviation{'' if grey else ', red, green and blue'}: mean {mean}; standard "
        f"deviation {std} (of the training images).",
        "",
        "`read_image.py` does this, with numpy and Pillow (and, from pixels in an .npy file, with "
        "numpy alone); it is the code that read the images for training and test. "
        "`preprocess.json` has the numbers.",
    ]
    if inside:
        lines.append(
            f"{_named(inside)}: step 3 is inside, the input is uint8 pixels (images, height, "
            "width, channels)."
        )
    if others:
        lines.append(
            f"{_named(others)}: no step is inside, the input is float32 (images, channels, height, "
            "width) after step 3."
        )
    return lines


def intended_use(certificate: Mapping[str, Any]) -> list[str]:
    """What it is for, and what it is not for."""
    return [
        "## Intended use", "",
        f"For images like those of {certificate['data']['title']}, each showing one of the classes "
        "above, and for comparing training methods on them.",
        "",
        "Not for anything else: it names one of its classes whatever it is shown, and its "
        "probabilities mean nothing for images of another kind. It was measured on the test images "
        "above alone, and not for fairness, for attacks, or for decisions about people, health or "
        "safety.",
    ]


def licence(certificate: Mapping[str, Any]) -> list[str]:
    """Under which terms the files are passed on, if that was said."""
    said = as_it_stands(certificate["license"]) or (
        "not stated: whoever exported these files named none, so ask them before you pass them on"
    )
    return [
        "## Licence", "", f"- These files: {said}.",
        "- `read_image.py`: Apache License 2.0, The SiLa Studio developers.",
    ]


def _size(certificate: Mapping[str, Any]) -> str:
    size = certificate["input"]
    colour = "a grey" if size["channels"] == 1 else "an RGB"
    return f"{colour} image of {size['height']} × {size['width']} pixels"


def _held_out(validation: int, spec: Mapping[str, Any]) -> str:
    """Where validation images come from, and which were trained on."""
    some = spec["train_images"]
    said = "None were held out for validation." if not validation else (
        f"Validation images are {spec['validation']:.4g} of the training part, held out by class "
        f"with split seed {spec['split_seed']}, to choose by."
    )
    return said if some is None else (
        f"{said} Of the rest, {some:,} were trained on, by class with the same seed."
    )


def _test_part(told: Mapping[str, Any]) -> str:
    """Where test images come from."""
    part = told.get("test_part")
    if part is None:
        return "Test images are the data set's own test part."
    return (
        "Test images are the test part that came with the images, or, if none did, "
        f"{part:.4g} of each class, set aside before anything else."
    )


def _named(files: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in files)
