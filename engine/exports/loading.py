"""Code for a bundle's README: from an image to its label, with nothing of this project."""

READ = """import json, numpy as np
from PIL import Image, ImageOps
p = json.load(open("preprocess.json")); size = (p["width"], p["height"])
image = Image.open("photo.png").convert("L" if p["channels"] == 1 else "RGB")
pixels = np.asarray(ImageOps.fit(image, size)).reshape(1, p["height"], p["width"], -1)
x = ((pixels * p["scale"] - p["mean"]) / p["std"]).transpose(0, 3, 1, 2).astype(np.float32)
labels = open("labels.txt").read().splitlines()"""
"""What comes first: an image as `pixels`, and as normalised `x`."""


def with_onnxruntime(file: str, *, takes_pixels: bool) -> str:
    """Code that asks an ONNX file."""
    image = "pixels" if takes_pixels else "x"
    return f"""import onnxruntime
logits = onnxruntime.InferenceSession("{file}").run(None, {{"image": {image}}})[-1]
print(labels[logits.argmax()])"""


def with_torch(load: str, call: str = "network(torch.from_numpy(x))") -> str:
    """Code that asks a file in PyTorch.

    Args:
        load: statements that load it.
        call: what returns the logits of `x`, one tensor or a tuple of them.
    """
    return f"""import torch
{load}
with torch.inference_mode():
    logits = {call}
print(labels[(logits if isinstance(logits, torch.Tensor) else logits[-1]).argmax()])"""
