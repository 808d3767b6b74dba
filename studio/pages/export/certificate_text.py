"""What a certificate says, in words; those of earlier versions say less. No widgets here."""

from collections.abc import Mapping
from typing import Any, cast

from PySide6.QtCore import QCoreApplication

from engine.spec.teaching import WHOLE
from studio.item_models.wording import count
from studio.pages.export.parts import cost_text

_translate = QCoreApplication.translate
Certificate = Mapping[str, Any]
Line = tuple[str, str]
_TOP1, _NBSP = "test/top1", "\N{NO-BREAK SPACE}"


def part_of(certificate: Certificate) -> Mapping[str, Any]:
    """Return what of the network ships; bundles once had nothing but whole ones."""
    return certificate.get("part", {"name": WHOLE})


def summary(certificate: Certificate) -> str:
    """Return what a bundle holds in a few words: part or peer, weights, temperature."""
    part, peer = str(part_of(certificate)["name"]), certificate.get("peer")
    said = [] if peer and part == WHOLE else [part]
    if peer:
        said.append(_translate("Certificate", "peer {number} of {total}").format(
            number=peer["number"], total=peer["of"]
        ))
    said.append(_weights(certificate))
    if told := certificate.get("temperature"):
        said.append(_translate("Certificate", "T = {value:.2f}").format(value=told["values"][-1]))
    return ", ".join(said)


def fact_lines(certificate: Certificate) -> list[Line]:
    """Return what was stripped and what ships, title and text."""
    return [
        (_translate("Certificate", "Ships"), _shipped(certificate)),
        *_origin(certificate),
        (_translate("Certificate", "Parameters"), _parameters(certificate)),
        (_translate("Certificate", "Stripped"), _stripped(certificate)),
        *_folded(certificate),
        *_left_out(certificate),
        *_chosen(certificate),
        *_results(certificate),
    ]


# ---- what ships


def _shipped(certificate: Certificate) -> str:
    part = part_of(certificate)
    name, costs = str(part["name"]), part.get("multiply_adds")
    if isinstance(costs, list):
        each = ", ".join(count(float(cost)) for cost in cast("list[float]", costs))
        return _translate("Certificate", "{part}\n{costs} multiply-adds, exit by exit").format(
            part=name, costs=each
        )
    return name if costs is None else f"{name}, {cost_text(float(costs))}"


def _origin(certificate: Certificate) -> list[Line]:
    if "forked_from" not in certificate:
        return []
    return [(_translate("Certificate", "Continued"), _translate(
        "Certificate", "from run {run} at epoch {epoch}"
    ).format(run=certificate["forked_from"], epoch=certificate["forked_at"]))]


def _parameters(certificate: Certificate) -> str:
    deployed, training = certificate["params_deployed"], certificate["params_training"]
    part = {name: fact for name, fact in part_of(certificate).items() if fact}
    if members := certificate.get("ensemble"):
        text = _translate(
            "Certificate", "{deployed:,} of {training:,}: {count} networks, each computed for "
            "every image"
        )
        return text.format(deployed=deployed, training=training, count=len(members))
    text = _translate(
        "Certificate", "{deployed:,} of {training:,}, exactly as many as this part of the plain "
        "backbone has"
    ) if {"params_left_out", "folded_batch_norms"} & part.keys() else _translate(
        "Certificate", "{deployed:,} of {training:,}, exactly as many as in the plain backbone"
    )
    return text.format(deployed=deployed, training=training)


def _stripped(certificate: Certificate) -> str:
    removed = int(certificate["params_removed"])
    if not removed:
        return _translate("Certificate", "nothing: all that was trained ships") if (
            certificate.get("ensemble")
        ) else _translate("Certificate", "nothing: the method has no training-only parts")
    modules: Mapping[str, int] = certificate.get("removed_modules", {})
    head = _translate("Certificate", "{count:,} parameters").format(count=removed)
    return "\n".join([head, *(f"{name}: {size:,}" for name, size in modules.items())])


def _folded(certificate: Certificate) -> list[Line]:
    part = part_of(certificate)
    if "folded_batch_norms" not in part:
        return []
    return [(_translate("Certificate", "Folded"), _translate(
        "Certificate", "{count} batch norms, into the convolutions before them: {before:,} "
        "parameters became {after:,}"
    ).format(
        count=len(part["folded_batch_norms"]), before=part["params_before_folding"],
        after=certificate["params_deployed"],
    ))]


def _left_out(certificate: Certificate) -> list[Line]:
    part = part_of(certificate)
    if not part.get("params_left_out"):
        return []
    return [(_translate("Certificate", "Left out"), _translate(
        "Certificate", "{count:,} parameters of what does not ship of the network"
    ).format(count=part["params_left_out"]))]


def _weights(certificate: Certificate) -> str:
    words = {
        "best": _translate("Certificate", "best"),
        "last": _translate("Certificate", "last"),
        "average": _translate("Certificate", "average"),
        "ema": _translate("Certificate", "EMA"),
    }
    return words.get(certificate["weights"], str(certificate["weights"]))


def _chosen(certificate: Certificate) -> list[Line]:
    """Peer, weights, temperature."""
    lines: list[Line] = []
    if peer := certificate.get("peer"):
        text = _translate("Certificate", "peer {number} of {total}, {chosen}").format(
            number=peer["number"], total=peer["of"], chosen=peer["chosen"]
        )
        lines.append((_translate("Certificate", "Network"), text))
    if averaged := certificate.get("averaged"):
        steps = ", ".join(f"{step:,}" for step in averaged["steps"])
        text = _translate(
            "Certificate", "the average of those of steps {steps}, with the statistics of batch "
            "norms taken anew"
        ).format(steps=steps)
    elif ema := certificate.get("ema"):
        text = _translate(
            "Certificate", "the running average of steps with decay {decay:g}, step {step:,}"
        ).format(decay=ema["decay"], step=certificate["step"])
    else:
        text = _translate("Certificate", "{weights}, step {step:,}").format(
            weights=_weights(certificate), step=certificate.get("step", 0)
        )
    lines.append((_translate("Certificate", "Weights"), text))
    if told := certificate.get("temperature"):
        text = _translate(
            "Certificate", "{values}, fitted on {count:,} validation images: calibration error on "
            "test {before:.2f} % before, {after:.2f} % after"
        ).format(
            values=", ".join(f"{value:.3f}" for value in told["values"]),
            count=told["num_images"], before=told["test_ece_before"],
            after=certificate["results"]["test/ece"],
        )
        lines.append((_translate("Certificate", "Temperature"), text))
    return lines


def _results(certificate: Certificate) -> list[Line]:
    """What was measured on all test images, top-1 first; older bundles have no titles."""
    results: Mapping[str, float] = certificate.get("results", {})
    if not results:
        return []
    told: Mapping[str, Mapping[str, str]] = certificate.get("metrics", {})
    said: list[str] = []
    for key, value in sorted(results.items(), key=lambda item: item[0] != _TOP1):
        metric = told.get(key, {"title": key, "unit": ""})
        digits = f"{value:.2f}" if metric["unit"] == "%" else f"{value:.4g}"
        said.append(f"{metric['title']} {digits} {metric['unit']}".rstrip().replace(" ", _NBSP))
    if images := certificate.get("data", {}).get("images"):
        said.append(_translate("Certificate", "n = {count:,}").format(count=images["test"]))
    return [(_translate("Certificate", "Results on test"), ",  ".join(said))]


def version_lines(certificate: Certificate) -> list[Line]:
    """Return when and by what it was written, and which data and variant it is of."""
    found: list[Line] = []
    for title, value in (
        (_translate("Certificate", "Written"), certificate.get("created_at")),
        (_translate("Certificate", "Variant"), certificate.get("digest")),
        (_translate("Certificate", "Data"), certificate.get("data", {}).get("digest")),
        (_translate("Certificate", "Machine"), certificate.get("machine")),
        (_translate("Certificate", "Threads"), certificate.get("threads")),
    ):
        if value:
            found.append((title, str(value)))
    versions: Mapping[str, str] = certificate.get("versions", {})
    return [*found, *versions.items()]
