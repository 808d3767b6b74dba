"""What may teach a run, as far as that is known without any weights.

It is asked when a run is queued, and again, of the weights themselves, when it starts.
"""

import json
import os
import re
from pathlib import Path
from typing import Any

from engine.spec.card import Card
from engine.spec.errors import SpecError
from engine.spec.run_spec import DatasetSpec, RunSpec

SOURCES = (
    "'run:12' (a completed run of this workspace), 'tv_resnet50' or another network with weights "
    "of its own, or the whole path of a bundle's folder"
)
LIBRARY_LIMIT = "A network with weights of its own teaches the classes of its weights only."
TEACHING_RUN = re.compile(r"run:(\d{1,9})(?:/(best|last))?")
"""How the option `teacher` names a run of the workspace, and which of its weights."""
SAME_DATA = ("root", "options", "validation", "split_seed")
"""What must be alike in the datasets of a run and its teacher, so that both hold out the same."""
SELF_TAUGHT = "tf_kd_self"
"""The method whose teacher is of the same backbone."""
BUNDLED_WEIGHTS = "model.safetensors"
WHOLE = "the whole network"
"""What a bundle's certificate calls its part, where nothing was left out."""


def teaching_run(spec: RunSpec) -> int | None:
    """The number of the run that is to teach another; None where none is named."""
    named = TEACHING_RUN.fullmatch(str(spec.method.options.get("teacher", "")))
    return int(named[1]) if named else None


def check_named(teacher: str, spec: RunSpec, dataset: Card, library: Card | None) -> None:
    """Check all of a teacher but a run, which only the store knows.

    Args:
        teacher: the option's value.
        spec: of the run that is taught.
        dataset: the card of its dataset.
        library: the card of the backbone of that name, if there is one.

    Raises:
        SpecError: it cannot teach this run, or is nothing that could.
    """
    if TEACHING_RUN.fullmatch(teacher):
        return
    folder = Path(os.path.expanduser(teacher))  # noqa: PTH111 (an unknown user is no error here)
    if folder.is_absolute():
        certificate = read_certificate(folder)
        check_dataset(teacher, str(certificate.get("dataset", spec.dataset.name)), spec.dataset)
        check_backbone(teacher, str(certificate["backbone"]), spec)
        return
    if library is None or "weights" not in library.option_defaults:
        raise unknown(teacher)
    known, own = library.facts.get("weights_classes"), dataset.facts.get("num_classes")
    if known and own and known != own:
        raise other_classes(teacher, own)
    check_backbone(teacher, teacher, spec)


def check_run(number: int, theirs: RunSpec, spec: RunSpec) -> None:
    """Check a run that is to teach another.

    Raises:
        SpecError: it is about other images, or another network than the method wants.
    """
    teacher = f"run:{number}"
    check_dataset(teacher, theirs.dataset.name, spec.dataset)
    check_split(teacher, theirs.dataset, spec.dataset)
    check_backbone(teacher, theirs.backbone.name, spec)


def check_dataset(teacher: str, learned: str, own: DatasetSpec) -> None:
    """Raise SpecError where a teacher learned another dataset."""
    if learned != own.name:
        raise SpecError(
            f"teacher '{teacher}' learned {learned}, but this run is about {own.name}: name a run "
            "on the same dataset"
        )


def check_split(teacher: str, theirs: DatasetSpec, own: DatasetSpec) -> None:
    """Raise SpecError where a teaching run held out other images."""
    if any(getattr(own, key) != getattr(theirs, key) for key in SAME_DATA):
        raise SpecError(
            f"teacher '{teacher}' held out other images than this run (validation "
            f"{theirs.validation:g}, split seed {theirs.split_seed}): it may have learned what "
            "this run chooses by; name one with the same folder and split"
        )


def check_backbone(teacher: str, backbone: str, spec: RunSpec) -> None:
    """Raise SpecError where the method wants a teacher of the backbone that it trains."""
    if spec.method.name == SELF_TAUGHT and backbone != spec.backbone.name:
        raise other_network(teacher)


def other_network(teacher: str) -> SpecError:
    """What is to be said of a teacher that is another network, where it must be the same."""
    return SpecError(
        f"teacher '{teacher}' is another network than the one it would teach: {SELF_TAUGHT} needs "
        "a run of the same backbone, kd takes any"
    )


def other_classes(teacher: str, num_classes: int) -> SpecError:
    """What is to be said of a library's network whose weights know other classes."""
    return SpecError(
        f"teacher '{teacher}': its weights are for another number of classes than {num_classes}; "
        "fine-tune it in a run of its own, and name that run"
    )


def unknown(teacher: str) -> SpecError:
    """What is to be said of a teacher that names nothing."""
    return SpecError(f"teacher '{teacher}' is not known: name {SOURCES}")


def read_certificate(folder: Path) -> dict[str, Any]:
    """The certificate of a bundle, which names at least a backbone.

    Raises:
        SpecError: the folder is no bundle with safetensors, or holds a part of a network.
    """
    certificate: dict[str, Any] = {}
    complete, part = False, WHOLE
    try:
        certificate = json.loads((folder / "certificate.json").read_text(encoding="utf-8"))
        part = certificate.get("part", {}).get("name", WHOLE)
        complete = isinstance(certificate["backbone"], str) and (folder / BUNDLED_WEIGHTS).is_file()
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        complete = False
    if not complete:
        raise SpecError(
            f"teacher '{folder}' is no bundle: name the folder of an export, with its "
            f"certificate.json and {BUNDLED_WEIGHTS}"
        )
    if part != WHOLE:
        raise SpecError(
            f"teacher '{folder}' holds {part} of a network: export the whole of it, or name its run"
        )
    return certificate
