"""Code for a bundle's README: from an image to its label in five lines, without this project."""

import inspect
from collections.abc import Sequence

from engine.datasets import pixels

READER = "read_image.py"
"""The file of a bundle that reads images as it was done in training and testing."""
PHOTO = "/path/to/photo.png"
"""In the code: elsewhere, since nothing may lie in a bundle that is not of it."""
_TAIL = '''

# ---- the bundle that this file is in

import json  # noqa: E402

_HERE = Path(__file__).parent
_HOW = json.loads((_HERE / "preprocess.json").read_text("utf-8"))
LABELS = (_HERE / "labels.txt").read_text("utf-8").removesuffix("\\n").split("\\n")


def pixels(path):
    """An image file, or pixels (H, W, C) in an .npy file, as uint8 (1, H, W, C)."""
    height, width, channels = _HOW["height"], _HOW["width"], _HOW["channels"]
    if Path(path).suffix == ".npy":
        return np.load(path).astype(np.uint8).reshape(1, height, width, channels)
    return read_pixels(path, (height, width), channels)[None]


def normalised(path):
    """The same as float32 (1, C, H, W), scaled and normalised."""
    mean, std = np.array(_HOW["mean"], np.float32), np.array(_HOW["std"], np.float32)
    x = (pixels(path).astype(np.float32) * _HOW["scale"] - mean) / std
    return np.ascontiguousarray(x.transpose(0, 3, 1, 2), np.float32)
'''


def reader_code() -> str:
    """The text of `read_image.py`: the engine's own reading, and what the bundle says of itself."""
    return inspect.getsource(pixels) + _TAIL


def image(*, takes_pixels: bool) -> tuple[str, str]:
    """What the code imports of `read_image.py`, and the expression for an image's input."""
    name = "pixels" if takes_pixels else "normalised"
    return f"from read_image import LABELS, {name}", f'{name}("{PHOTO}")'


def with_onnxruntime(file: str, outputs: Sequence[str], *, takes_pixels: bool) -> str:
    """Code that asks an ONNX file for its last output."""
    read, x = image(takes_pixels=takes_pixels)
    return f"""import onnxruntime
{read}
session = onnxruntime.InferenceSession("{file}")
logits = session.run(["{outputs[-1]}"], {{"image": {x}}})[0]
print(LABELS[logits.argmax()])"""


def with_torch(load: str, outputs: Sequence[str], call: str = "network({x})") -> str:
    """Code that asks a file in PyTorch for its last output.

    Args:
        load: a statement that loads it, or imports what does.
        outputs: names of its outputs.
        call: the expression for its answer to `{x}`: logits, or a tuple of them if several.
    """
    read, x = image(takes_pixels=False)
    last = "" if len(outputs) == 1 else "[-1]"
    return f"""import torch
{read}
{load}
logits = {call.format(x=f"torch.from_numpy({x})")}{last}
print(LABELS[logits.argmax()])"""
