"""The model card: the bundle's README, written from its certificate."""

from collections.abc import Sequence
from typing import Any

_LOADERS = {
    "onnx": """import json, numpy as np, onnxruntime
from PIL import Image, ImageOps
p = json.load(open("preprocess.json")); size = (p["width"], p["height"])
image = Image.open("photo.png").convert("L" if p["channels"] == 1 else "RGB")
pixels = np.asarray(ImageOps.fit(image, size), np.float32).reshape(p["height"], p["width"], -1)
x = ((pixels * p["scale"] - p["mean"]) / p["std"]).transpose(2, 0, 1)[None].astype(np.float32)
logits = onnxruntime.InferenceSession("model.onnx").run(None, {"image": x})[-1]
print(open("labels.txt").read().splitlines()[logits.argmax()])""",
    "safetensors": """from safetensors.torch import load_file
# network: the plain {backbone}
{recipe}.load_state_dict(load_file("model.safetensors"))  # strictly""",
}


def model_card(certificate: dict[str, Any], classes: Sequence[str]) -> str:
    """Markdown that says what the bundle is, what was stripped, and how to load it."""
    results = ", ".join(
        f"{name} {value:.4g}" for name, value in certificate["results"].items()
    ) or "not measured"
    shown = ", ".join(classes[:20]) + (" …" if len(classes) > 20 else "")
    lines = [
        f"# {certificate['backbone']} trained on {certificate['dataset']}",
        "",
        f"An image classifier with {len(classes)} classes: {shown}.",
        "",
        f"- Training method: {certificate['method']}, seed {certificate['seed']}, weights of step "
        f"{certificate['step']} ({certificate['weights']}).",
        f"- Test ({certificate['weights']} weights): {results}.",
        f"- What ships: {certificate['part']['name']}.",
        f"- Parameters: {certificate['params_deployed']:,} shipped, exactly those of "
        f"{certificate['part']['name']} of the plain backbone; {certificate['params_removed']:,} "
        f"of {certificate['params_training']:,} were training-only and are not in these files.",
    ]
    if left_out := certificate["part"]["params_left_out"]:
        lines.append(f"  - {left_out:,} more belong to what of the network does not ship")
    lines += [
        f"  - removed `{name}`: {count:,} parameters"
        for name, count in certificate["removed_modules"].items()
    ]
    lines += _costs(certificate["part"])
    lines += ["", "## Files", "", "| format | file | bytes | top-1 agreement | largest logit "
              "difference | of the largest logit | images |", "|---" * 7 + "|"]
    for name, proof in certificate["formats"].items():
        lines.append(
            f"| {name} | {proof['file']} | {proof['bytes']:,} | {proof['top1_agreement']:.2%} | "
            f"{proof['max_abs_logit_diff']:.2g} | {proof['max_rel_logit_diff']:.2g} | "
            f"{proof['num_images']} |"
        )
    lines += [
        "",
        "Agreement and difference were measured on real test images, in the format's own runtime, "
        "against the network inside the training system. `certificate.json` has the hashes.",
    ]
    for name in certificate["formats"]:
        if name in _LOADERS:
            code = _LOADERS[name].replace("{backbone}", certificate["backbone"])
            code = code.replace("{recipe}", certificate["part"]["recipe"])
            lines += ["", f"## Load the {name} file", "", "```python", code, "```"]
    return "\n".join(lines) + "\n"


def _costs(part: dict[str, Any]) -> list[str]:
    """What an image costs, where that was counted; how early exits are counted."""
    cost = part.get("multiply_adds")
    if isinstance(cost, list):
        listed = ", ".join(f"{each:,}" for each in cost)
        return [f"- Multiply-adds of an image, output by output: {listed}."]
    if cost is None:
        return []
    line = f"- Multiply-adds of an image: {cost:,}."
    if "exit" in part:
        line += (
            " Inside the whole network it may be more: there an image passes earlier exits' heads, "
            "and layers that only later exits read."
        )
    return [line]
