"""The model card: the bundle's README, written from its certificate."""

from collections.abc import Mapping, Sequence
from typing import Any

from engine.analysis.intervals import wilson
from engine.backbones.pretrained import DEFAULT
from engine.exports import card_facts
from engine.exports.folded import BEFORE, FOLDED
from engine.exports.format import Format
from engine.exports.latency import ratio_text
from engine.exports.parity import TOLERANCE, margin_text
from engine.exports.tempered import HIGHEST, at_the_end
from engine.spec.teaching import WHOLE

CARD = "README.md"
_TOP1, _OF_OUTPUTS = "test/top1", "test_top1_of_outputs"


def model_card(
    certificate: Mapping[str, Any], classes: Sequence[str], how: Mapping[str, Any],
    formats: Mapping[str, Format],
) -> str:
    """Markdown that says what the bundle is, what was stripped, how it does, and how to load it.

    It depends on nothing but the arguments, so that it can be held against them later.

    Args:
        certificate: of the bundle.
        classes: label of every output.
        how: images become input, as `preprocess.json` has it.
        formats: of the files, by name.
    """
    proofs = certificate["formats"]
    inside = [proof["file"] for proof in proofs.values() if proof["takes_pixels"]]
    sections = [
        [f"# {certificate['backbone']} trained on {certificate['data']['title']}"],
        card_facts.task(certificate, classes),
        card_facts.data(certificate),
        card_facts.preprocessing(certificate, how, inside),
        card_facts.intended_use(certificate),
        ["## Training, and what was stripped", "", *_what_ships(certificate)],
        ["## Cost", "", *_costs(certificate)],
        ["## How it does", "", *_accuracy(certificate), *_calibrated(certificate)],
        ["## Files", "", *_files(proofs), *_not_written(certificate)],
        _leaving_early(proofs),
        ["## Use it", "", *_loading(proofs, how["outputs"], formats)],
        ["## How this was proved", "", *_proof(certificate)],
        card_facts.licence(certificate),
    ]
    return "\n\n".join("\n".join(lines) for lines in sections if lines) + "\n"


def _loading(
    proofs: Mapping[str, Any], outputs: Sequence[str], formats: Mapping[str, Format]
) -> list[str]:
    """Five lines for each file."""
    lines = [
        "In this folder, from an image to its label, five lines for each file; none needs the "
        "program that wrote it. An `.npy` file with pixels (height, width, channels) will do in "
        "place of `photo.png`: then Pillow is not needed.",
    ]
    for name, proof in proofs.items():
        if code := formats[name].loading(outputs):
            shown = f"`{proof['file']}`{_needing(formats[name])}:"
            lines += ["", shown, "", "```python", code, "```"]
    return lines


def _needing(form: Format) -> str:
    return f", with {form.runs_with}" if form.runs_with else ""


def _what_ships(certificate: Mapping[str, Any]) -> list[str]:
    part, weights = certificate["part"], certificate["weights"]
    training = certificate["spec"]["training"]
    lines = [
        f"- Training method: {certificate['method']}, {training['epochs']} epochs of "
        f"{training['optimizer']} at a rate of {training['lr']:g} in batches of "
        f"{training['batch_size']}{_besides(certificate['spec'])}, seed {certificate['seed']}; "
        "weights of step "
        f"{certificate['step']:,} ({weights}).",
        f"- What ships: {part['name']}.",
    ]
    if began := certificate["backbone_options"].get("weights"):
        of = "of the network's library" if began == DEFAULT else f"in `{began}`"
        lines.insert(1, f"- Training began from the weights {of}, not from random ones.")
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
            f"  - Its weights are the mean of those of steps {steps}; the statistics of all batch "
            "norms that its answers go through were taken anew on training images. No single "
            "training step had them."
        )
    if ema := certificate.get("ema"):
        lines.append(
            "  - Its weights are the running average of those of all steps (EMA, decay "
            f"{ema['decay']:g}). No single training step had them."
        )
    lines.append(
        f"- Stripped: {certificate['params_removed']:,} of {certificate['params_training']:,} "
        "parameters were training-only and are not in these files."
    )
    if pairs := part.get(FOLDED):
        lines.append(
            f"  - Batch norms are folded into the convolutions before them ({len(pairs)} of them): "
            f"{part[BEFORE]:,} parameters became {certificate['params_deployed']:,}, with the same "
            "answers but for rounding."
        )
    if left_out := part["params_left_out"]:
        lines.append(f"  - {left_out:,} more belong to what of the network does not ship")
    lines += [
        f"  - removed `{name}`: {count:,} parameters"
        for name, count in certificate["removed_modules"].items()
    ]
    return lines


def _besides(spec: Mapping[str, Any]) -> str:
    """What else the training had."""
    sharpness = spec["training"]["sharpness"]
    others = [*spec["regularizers"], *([] if sharpness == "none" else [sharpness])]
    return f" with {', '.join(others)}" if others else ""


def _counterpart(certificate: Mapping[str, Any]) -> str:
    """What has as many parameters, and is written and timed beside it."""
    if ensemble := certificate.get("ensemble"):
        return f"{len(ensemble)} plain backbones have"
    if FOLDED in certificate["part"]:
        return "the plain backbone has, folded likewise"
    name = certificate["part"]["name"]
    return "the plain backbone has" if name == WHOLE else "this part of the plain backbone has"


def _costs(certificate: Mapping[str, Any]) -> list[str]:
    """What an image costs, and how early exits are counted."""
    part = certificate["part"]
    cost = part["multiply_adds"]
    lines = [
        f"- Parameters: {certificate['params_deployed']:,}, exactly as many as "
        f"{_counterpart(certificate)}."
    ]
    if isinstance(cost, list):
        listed = ", ".join(f"{each:,}" for each in cost)
        return [*lines, f"- Multiply-adds of an image, output by output: {listed}."]
    line = f"- Multiply-adds of an image: {cost:,}."
    if "exit" in part:
        line += (
            " Inside the whole network it may be more: there an image passes earlier exits' heads, "
            "and layers that only later exits read."
        )
    return [*lines, line]


def _calibrated(certificate: Mapping[str, Any]) -> list[str]:
    told = certificate.get("temperature")
    if not told:
        return []
    values = ", ".join(f"{value:.3f}" for value in told["values"])
    last = ", of the last output," if len(told["values"]) > 1 else ""
    before, after = round(told["test_ece_before"], 2), round(certificate["results"]["test/ece"], 2)
    verdict = "the confidence is as true as without it"
    if after != before:
        verdict = "it fell: the confidence is truer" if after < before else (
            "it rose: what was fitted on validation images made the confidence less true on these"
        )
    lines = [
        "",
        f"- Temperature {values}, fitted on {told['num_images']:,} validation images, is part of "
        "the files: their logits are divided by it, so the classes stay the same. Calibration "
        f"error on test{last} {before:.2f} % before, {after:.2f} % after; {verdict}."
    ]
    if any(map(at_the_end, told["values"])):
        lines.append(
            f"- **Temperatures are looked for from {1 / HIGHEST:g} to {HIGHEST:g}, and the best "
            "one is at an end: the confidence is not as true as it looks.**"
        )
    return lines


def _accuracy(certificate: Mapping[str, Any]) -> list[str]:
    reference, results = certificate["reference"], certificate["results"]
    count = reference["num_images"]
    rows = [
        *_results(certificate, results),
        f"Measured with the files themselves, on {_images(certificate)}; in brackets the 95 % "
        "interval (Wilson):",
        "",
        "| | top-1 accuracy, % | calibration error, % | the same class as the trained network | "
        "largest difference of a logit |",
        "|---|---|---|---|---|",
        f"| the trained network | {_top1(reference['test_top1'], count)} | "
        f"{reference['test_ece']:.2f} | | |",
    ]
    for name, proof in certificate["formats"].items():
        rows.append(
            f"| {name} | {_top1(proof['test_top1'], proof['num_images'])} | "
            f"{proof['test_ece']:.2f} | {proof['top1_agreement']:.2%} | "
            f"{proof['max_abs_logit_diff']:.2g} ({proof['max_rel_logit_diff']:.2g} of the largest "
            "logit) |"
        )
    rows += _exit_by_exit(certificate)
    warned = [
        f"**{name}: {warning}.**"
        for name, proof in certificate["formats"].items() for warning in proof["warnings"]
    ]
    margins = [
        f"{name}: {text}." for name, proof in certificate["formats"].items()
        if (text := margin_text(proof))
    ]
    rounding = (
        f"Logits of float32 files are within rounding: {TOLERANCE:g} at most, or, where logits are "
        "larger than 1, as much of the largest."
    )
    return [*rows, "", rounding, *(["", *margins] if margins else []),
            *(["", *warned] if warned else [])]


def _exit_by_exit(certificate: Mapping[str, Any]) -> list[str]:
    """Top-1 of every output, where there are several; the other numbers are of the last."""
    said = {"the trained network": certificate["reference"], **certificate["formats"]}
    every = {name: each[_OF_OUTPUTS] for name, each in said.items() if _OF_OUTPUTS in each}
    if not every:
        return []
    count, outputs = certificate["reference"]["num_images"], range(len(next(iter(every.values()))))
    return [
        "", "These are of the last output. Top-1 accuracy of each, %:", "",
        f"| | {' | '.join(f'output {number + 1}' for number in outputs)} |",
        "|---" * (1 + len(outputs)) + "|",
        *(
            f"| {name} | {' | '.join(_top1(top1, count) for top1 in top1s)} |"
            for name, top1s in every.items()
        ),
    ]


def _images(certificate: Mapping[str, Any]) -> str:
    """Which test images the files were asked about."""
    count, total = certificate["reference"]["num_images"], certificate["reference"]["of"]
    if "path" in certificate["part"]:
        return (
            f"the {count:,} of {total:,} test images that take this path in the trained network "
            "(the files answer any image, but of others that network computes other blocks)"
        )
    return f"all {total:,} test images" if count == total else (
        f"{count:,} of {total:,} test images, evenly from among all"
    )


def _results(certificate: Mapping[str, Any], results: Mapping[str, float]) -> list[str]:
    """What was measured while it was trained, or of the chosen part, on all test images."""
    count = certificate["data"]["images"]["test"]
    lines: list[str] = []
    for key, value in sorted(results.items(), key=lambda item: item[0] != _TOP1):
        told = certificate["metrics"].get(key, {"title": key, "unit": ""})
        if key == _TOP1:
            value_text = f"{_top1(value, count)} %"
        else:
            value_text = f"{value:.4g} {told['unit']}".strip()
        lines.append(f"- {told['title']}: {value_text}")
    if not lines:
        return []
    last = ", of the last output" if isinstance(certificate["part"]["multiply_adds"], list) else ""
    return [
        f"On all {count:,} test images (n = {count:,}), with the {certificate['weights']} weights, "
        f"in PyTorch{last}:", "", *lines, "",
    ]


def _top1(percent: float, count: int) -> str:
    """A share of images with its 95 % interval."""
    interval = wilson(min(1.0, percent / 100), count)
    return f"{percent:.2f} ({100 * interval.low:.1f} to {100 * interval.high:.1f})"


def _files(formats: Mapping[str, Any]) -> list[str]:
    rows = [
        "| format | file | bytes | ms for 1 image | × plain | ms for 32 images | × plain |",
        "|---" * 7 + "|",
    ]
    for name, proof in formats.items():
        one, many = proof["latency"]
        rows.append(
            f"| {name} | {proof['file']} | {proof['bytes']:,} | {one['ms']:.2f} | "
            f"{ratio_text(one)} | {many['ms']:.2f} | {ratio_text(many)} |"
        )
    return [
        *rows, "",
        "Median times on the machine that wrote the bundle, and how many times those of an "
        "untrained plain backbone, written in the same way and called in turns: the median over "
        "pairs of calls, with the interval that it lies in (95 %).",
    ]


def _not_written(certificate: Mapping[str, Any]) -> list[str]:
    """The formats that were asked for as well, and why they are not here."""
    return [
        line for name, reason in certificate.get("not_written", {}).items()
        for line in ("", f"Not written: {name} ({card_facts.as_it_stands(reason)}).")
    ]


def _leaving_early(formats: Mapping[str, Any]) -> list[str]:
    """What was measured with files that stop at the first exit that is sure."""
    lines: list[str] = []
    for proof in formats.values():
        if not (rows := proof.get("leave_early")):
            continue
        lines += [
            "## Leaving early", "",
            f"{proof['file']} stops at the first exit whose confidence reaches its threshold. "
            f"Measured with the file itself on {rows[0]['num_images']:,} test images (in brackets "
            f"the 95 % interval, Wilson); the time on {rows[0]['timed_images']:,} of them, mixed, "
            "one by one:", "",
            "| thresholds | ms for an image | test top-1 % | images that leave, exit by exit |",
            "|---" * 4 + "|",
        ]
        for row in rows:
            thresholds = ", ".join(f"{value:.4g}" for value in row["thresholds"][:-1])
            shares = ", ".join(f"{share:.0%}" for share in row["exit_shares"])
            top1 = _top1(row["test_top1"], row["num_images"])
            lines.append(f"| {thresholds} | {row['ms']:.3f} | {top1} | {shares} |")
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
        "files anywhere; with `--data` and the folder of the images, it asks them all again. It "
        "says what it could not check.",
        "",
        "Written with " + ", ".join(f"{k} {v}" for k, v in certificate["versions"].items())
        + f"; {certificate['machine']}.",
    ]
