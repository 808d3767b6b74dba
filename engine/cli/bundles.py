"""What the command line says of bundles: exported ones, and verified ones."""

from collections.abc import Mapping, Sequence
from typing import Any

from engine.cli.present import complain, document, say
from engine.exports.latency import ratio_text
from engine.exports.parity import margin_text
from engine.spec.errors import SpecError
from engine.spec.spec_file import apply_setting

DONE, FAULTY, UNREAD, INCOMPLETE = 0, 1, 2, 3


def format_options(settings: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Options of export formats, from settings such as "onnx.opset=18".

    Raises:
        SpecError: a setting is not understood.
    """
    table: dict[str, Any] = {}
    for setting in settings:
        if "." not in setting.partition("=")[0]:
            raise SpecError(f"--set {setting}: write it as format.key=value, as in onnx.opset=18")
        apply_setting(table, setting)
    return table


def exported(result: Mapping[str, Any], as_json: bool) -> None:
    """Print what was exported and how it was proved."""
    certificate = result["certificate"]
    if as_json:
        document({"folder": result["folder"], **certificate})
        return
    say(f"Exported run {certificate['run']} ({certificate['name']}) to {result['folder']}")
    left_out = certificate["part"]["params_left_out"]
    say(
        f"  {certificate['part']['name']}: {certificate['params_deployed']:,} parameters shipped, "
        f"{certificate['params_removed']:,} training-only ones removed"
        + (f", {left_out:,} of the network left out" if left_out else "")
    )
    if pairs := certificate["part"].get("folded_batch_norms"):
        before = certificate["part"]["params_before_folding"]
        say(f"  {len(pairs)} batch norms folded: {before:,} parameters before")
    if peer := certificate.get("peer"):
        say(f"  peer {peer['number']} of {peer['of']}, {peer['chosen']}")
    if told := certificate.get("temperature"):
        values = ", ".join(f"{value:.3f}" for value in told["values"])
        say(
            f"  temperature {values}: calibration error on test {told['test_ece_before']:.2f} % "
            f"before, {certificate['results']['test/ece']:.2f} % after"
        )
    for name, proof in certificate["formats"].items():
        say(f"  {name}: {_proof_line(proof)}")
        if margin := margin_text(proof):
            say(f"    {margin}")
        for warning in proof["warnings"]:
            say(f"    warning: {warning}")
    for name, why in certificate["not_written"].items():
        say(f"  not written: {name}: {why}")


def _proof_line(proof: Mapping[str, Any]) -> str:
    one = proof["latency"][0]
    return (
        f"{proof['file']} {proof['bytes']:,} bytes, test top-1 {proof['test_top1']:.2f} %, top-1 "
        f"agreement {proof['top1_agreement']:.2%}, largest logit difference "
        f"{proof['max_abs_logit_diff']:.2g} ({proof['max_rel_logit_diff']:.2g} of the largest "
        f"logit) on {proof['num_images']:,} test images, {one['ms']:.2f} ms an image "
        f"({one['plain_ms']:.2f} the plain backbone; {ratio_text(one)} times as long)"
    )


def verified(result: Mapping[str, Any], as_json: bool) -> int:
    """Print what was found of a bundle.

    Returns:
        The exit code: 1 if it is not what was exported; 3 if nothing is known against it, but a
        file of it could not be opened, or not be set against what is written here.
    """
    if as_json:
        document(result)
    else:
        for check in result["checks"]:
            say(f"  ok: {check}")
        for line in result["not_checked"]:
            say(f"  not checked here: {line}")
    if result["fault"]:
        complain(f"{result['folder']} is not what was exported: {result['fault']}")
        return FAULTY
    if not as_json:
        say(_verdict(result))
    return DONE if result["complete"] else INCOMPLETE


def _verdict(result: Mapping[str, Any]) -> str:
    if not result["complete"]:
        return f"{result['folder']} is not fully verified: see what was not checked."
    if not result["formats"]:
        return (
            f"{result['folder']} holds what was exported. Its files were asked nothing: name "
            "--data, the folder of the images, for that."
        )
    return f"{result['folder']} is what was exported."


def predicted(
    answers: Sequence[Mapping[str, Any]], rival: Mapping[str, Any] | None, as_json: bool
) -> int:
    """Print predictions; returns exit code 2 if an image could not be read.

    Args:
        answers: as `predict_all` returns them.
        rival: the run that was asked too: `run`, `name` and `model`, the file
            that answered, or None for its best weights.
        as_json: as one document.
    """
    code = UNREAD if any("error" in answer for answer in answers) else DONE
    if as_json:
        document(list(answers))
        return code
    for answer in answers:
        if "error" in answer:
            complain(answer["error"])
        else:
            say(_prediction(answer))
    if rival is not None:
        asked = [answer for answer in answers if "against" in answer]
        apart = sum(answer["against"]["label"] != answer["top"][0]["label"] for answer in asked)
        model = rival["model"] or "best weights"
        say(f"Run {rival['run']} ({rival['name']}, {model}) disagrees on {apart} of "
            f"{len(asked)} images.")
    return code


def _prediction(answer: Mapping[str, Any]) -> str:
    first, against = answer["top"][0], answer.get("against")
    top = ", ".join(f"{each['label']} {each['probability']:.1%}" for each in answer["top"])
    left = f", left at exit {answer['exit']} of {answer['num_exits']}" if "exit" in answer else ""
    said = f"{answer['file']}: {top} ({answer['model']}, {answer['ms']:.2f} ms{left})"
    if against and against["label"] != first["label"]:
        said += f"; the other run says {against['label']} {against['probability']:.1%}"
    return said
