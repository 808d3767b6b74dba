"""The model card: the bundle's README, written from its certificate."""

from collections.abc import Mapping, Sequence
from typing import Any

from engine.exports.loading import READ
from engine.spec.teaching import WHOLE

CARD = "README.md"
_SHOWN_CLASSES = 20


def model_card(
    certificate: Mapping[str, Any], classes: Sequence[str], loading: Mapping[str, str]
) -> str:
    """Markdown that says what the bundle is, what was stripped, how it does, and how to load it.

    Args:
        certificate: of the bundle.
        classes: label of every output.
        loading: code that asks the files about `x` or `pixels`, by format.
    """
    shown = ", ".join(classes[:_SHOWN_CLASSES]) + (" …" if len(classes) > _SHOWN_CLASSES else "")
    lines = [
        f"# {certificate['backbone']} trained on {certificate['dataset']}",
        "",
        f"An image classifier with {len(classes)} classes: {shown}.",
        "",
        *_what_ships(certificate),
        *_costs(certificate["part"]),
        *_calibrated(certificate),
        "", "## How it does", "", *_accuracy(certificate),
        "", "## Files", "", *_files(certificate["formats"]),
        *_leaving_early(certificate["formats"]),
        "", "## How this was proved", "", *_proof(certificate),
    ]
    lines += ["", "## Use it", "", "An image as the files take it:", "", *_python(READ)]
    for name, code in loading.items():
        if code:
            lines += ["", f"Then, with {certificate['formats'][name]['file']}:", "", *_python(code)]
    return "\n".join(lines) + "\n"


def _python(code: str) -> list[str]:
    return ["```python", code, "```"]


def _what_ships(certificate: Mapping[str, Any]) -> list[str]:
    part, weights = certificate["part"], certificate["weights"]
    lines = [
        f"- Training method: {certificate['method']}, seed {certificate['seed']}, weights of step "
        f"{certificate['step']} ({weights}).",
        f"- What ships: {part['name']}.",
    ]
    if "forked_from" in certificate:
        lines.insert(1, (
            f"- Continued from run {certificate['forked_from']} at epoch "
            f"{certificate['forked_at']}."
        ))
    if peer := certificate.get("peer"):
        lines.append(f"  - It is peer {peer['number']} of {peer['of']}, {peer['chosen']}.")
    if ensemble := certificate.get("ensemble"):
        lines.append(
            f"  - {len(ensemble)} networks that were trained together answer as one, by the mean "
            f"of their probabilities; an image costs {len(ensemble)} times as much as one network."
        )
    if averaged := certificate.get("averaged"):
        steps = ", ".join(f"{step:,}" for step in averaged["steps"])
        lines.append(
            f"  - Its weights are the mean of those of steps {steps}; the statistics of its batch "
            "norms were taken anew on training images. No single training step had them."
        )
    if ema := certificate.get("ema"):
        lines.append(
            "  - Its weights are the running average of those of all steps (EMA, decay "
            f"{ema['decay']:g}). No single training step had them."
        )
    lines.append(
        f"- Parameters: {certificate['params_deployed']:,} shipped, exactly as many as "
        f"{_counterpart(certificate)}; {certificate['params_removed']:,} of "
        f"{certificate['params_training']:,} were training-only and are not in these files."
    )
    if left_out := part["params_left_out"]:
        lines.append(f"  - {left_out:,} more belong to what of the network does not ship")
    lines += [
        f"  - removed `{name}`: {count:,} parameters"
        for name, count in certificate["removed_modules"].items()
    ]
    return lines


def _counterpart(certificate: Mapping[str, Any]) -> str:
    """What has as many parameters, and is written and timed beside it."""
    if ensemble := certificate.get("ensemble"):
        return f"{len(ensemble)} plain backbones have"
    name = certificate["part"]["name"]
    return "the plain backbone has" if name == WHOLE else f"{name} of the plain backbone has"


def _costs(part: Mapping[str, Any]) -> list[str]:
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


def _calibrated(certificate: Mapping[str, Any]) -> list[str]:
    told = certificate.get("temperature")
    if not told:
        return []
    values = ", ".join(f"{value:.3f}" for value in told["values"])
    after = certificate["results"]["test/ece"]
    return [
        f"- Temperature {values}, fitted on {told['num_images']:,} validation images, is part of "
        "the files: their logits are divided by it, so the classes are the same and the "
        f"confidence is truer. Calibration error on test {told['test_ece_before']:.2f} % before, "
        f"{after:.2f} % after."
    ]


def _accuracy(certificate: Mapping[str, Any]) -> list[str]:
    reference = certificate["reference"]
    results = ", ".join(
        f"{name} {value:.4g}" for name, value in certificate["results"].items()
    ) or "not measured"
    rows = [
        f"- Test ({certificate['weights']} weights): {results}.",
        "",
        f"Measured with the files themselves, on the same {reference['num_images']:,} of "
        f"{reference['of']:,} test images:",
        "",
        "| | top-1 % | calibration error % | top-1 agreement | largest logit difference |",
        "|---|---|---|---|---|",
        f"| the trained network | {reference['test_top1']:.2f} | {reference['test_ece']:.2f} | | |",
    ]
    for name, proof in certificate["formats"].items():
        rows.append(
            f"| {name} | {proof['test_top1']:.2f} | {proof['test_ece']:.2f} | "
            f"{proof['top1_agreement']:.2%} | {proof['max_abs_logit_diff']:.2g} "
            f"({proof['max_rel_logit_diff']:.2g} of the largest logit) |"
        )
    warned = [
        f"**{name}: {warning}.**"
        for name, proof in certificate["formats"].items() for warning in proof["warnings"]
    ]
    return [*rows, *(["", *warned] if warned else [])]


def _files(formats: Mapping[str, Any]) -> list[str]:
    rows = [
        "| format | file | bytes | ms for 1 image | plain | ms for 32 images | plain |",
        "|---" * 7 + "|",
    ]
    for name, proof in formats.items():
        one, many = proof["latency"]
        rows.append(
            f"| {name} | {proof['file']} | {proof['bytes']:,} | {one['ms']:.2f} | "
            f"{one['plain_ms']:.2f} | {many['ms']:.2f} | {many['plain_ms']:.2f} |"
        )
    return [
        *rows, "",
        "Median times on the machine that wrote the bundle, called in turns; plain is the same of "
        "an untrained plain backbone, written in the same way.",
    ]


def _leaving_early(formats: Mapping[str, Any]) -> list[str]:
    """What was measured with files that stop at the first exit that is sure."""
    lines: list[str] = []
    for proof in formats.values():
        if not (rows := proof.get("leave_early")):
            continue
        lines += [
            "", "## Leaving early", "",
            f"{proof['file']} stops at the first exit whose confidence reaches its threshold. "
            f"Measured with the file itself, image by image, on {rows[0]['num_images']:,} test "
            "images:", "",
            "| thresholds | ms for an image | test top-1 % | images that leave, exit by exit |",
            "|---" * 4 + "|",
        ]
        for row in rows:
            thresholds = ", ".join(f"{value:.4g}" for value in row["thresholds"][:-1])
            shares = ", ".join(f"{share:.0%}" for share in row["exit_shares"])
            lines.append(f"| {thresholds} | {row['ms']:.3f} | {row['test_top1']:.2f} | {shares} |")
    return lines


def _proof(certificate: Mapping[str, Any]) -> list[str]:
    return [
        "Every file was opened in its own runtime and asked about real test images; agreement and "
        "difference are against the network inside the training system. No file holds an operator "
        "or a tensor beyond those of the plain backbone, written in the same way: no training-only "
        "parameter is in it.",
        "",
        "`certificate.json` has all of this with the SHA-256 of every file, and "
        "`reference.safetensors` what the trained network said. `sila verify FOLDER` checks the "
        "files anywhere; with `--data` and the folder of the images, it asks them all again.",
        "",
        "Written with " + ", ".join(f"{k} {v}" for k, v in certificate["versions"].items())
        + f"; {certificate['machine']}.",
    ]
