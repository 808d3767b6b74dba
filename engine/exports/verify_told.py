"""What a bundle tells in words and numbers beside its networks: does it follow from the rest?"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from engine.exports.certificate import metrics_of, versions_here
from engine.exports.content import LABELS, PREPROCESS, Content
from engine.exports.format import Format
from engine.exports.graph import Graph
from engine.exports.loading import READER, reader_code
from engine.exports.model_card import CARD, model_card
from engine.exports.part import Part
from engine.registry import lookup
from engine.spec.errors import ExportError, SpecError

_PROGRAM = "sila-studio"


class _How(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True, allow_inf_nan=False)

    height: int
    width: int
    channels: int
    scale: float
    mean: list[float]
    std: list[Annotated[float, Field(gt=0)]]
    outputs: list[str] = Field(min_length=1)


def read_told(
    folder: Path, certificate: Mapping[str, Any], outputs: Sequence[str]
) -> tuple[list[str], dict[str, Any]]:
    """The labels of a bundle, and how images become input.

    Args:
        folder: the bundle's.
        certificate: its.
        outputs: names of the outputs of what ships.

    Raises:
        ExportError: they do not fit the certificate.
    """
    try:
        labels = (folder / LABELS).read_text("utf-8").removesuffix("\n").split("\n")
        how = json.loads((folder / PREPROCESS).read_text("utf-8"))
        _How.model_validate(how)
    except ValidationError as error:
        where = ".".join(str(part) for part in error.errors()[0]["loc"])
        raise ExportError(f"{PREPROCESS} makes no sense: see {where}") from None
    except (OSError, ValueError, RecursionError) as error:
        raise ExportError(f"{LABELS} or {PREPROCESS} cannot be read ({error})") from None
    if len(labels) != certificate["num_classes"]:
        raise ExportError(f"{LABELS} has {len(labels)} labels, not {certificate['num_classes']}")
    size = {key: how[key] for key in ("height", "width", "channels")}
    channels = size["channels"]
    if size != certificate["input"] or not len(how["mean"]) == len(how["std"]) == channels:
        raise ExportError(f"{PREPROCESS} is for other images than the certificate says")
    if how["outputs"] != list(outputs):
        raise ExportError(f"{PREPROCESS} names other outputs than what ships has")
    return labels, how


def check_preprocessing(folder: Path, how: Mapping[str, Any], plain: Content) -> None:
    """Check that images are said to become input as they did in training and testing.

    Raises:
        ExportError: they are not, or something else is said as well.
    """
    for key, value in plain.preprocessing.items():
        if how.get(key) != value:
            raise ExportError(f"{PREPROCESS} has another {key} than images are read with")
    if (folder / PREPROCESS).read_bytes() != plain.preprocessing_text.encode():
        raise ExportError(f"{PREPROCESS} says more than how images are read, or says it otherwise")


def check_part(certificate: Mapping[str, Any], part: Part) -> None:
    """Check that what ships is called what it is.

    Raises:
        ExportError: it is not.
    """
    told = certificate["part"]
    for key, value in (("name", part.name), ("recipe", part.recipe)):
        if told.get(key) != value:
            raise ExportError(f"the {key} of what ships is '{value}', not '{told.get(key)}'")


def is_of_this_program(certificate: Mapping[str, Any]) -> bool:
    """Whether the same version of the program wrote the bundle."""
    return certificate["versions"].get(_PROGRAM) == versions_here().get(_PROGRAM)


def other_tools(certificate: Mapping[str, Any], form: Format) -> str:
    """The packages that write files of a format and are others here than they were there; or empty.

    Returns:
        "torch 2.9.0, here 2.10.0", of those alone that differ.
    """
    own, told = versions_here(), certificate["versions"]
    return ", ".join(
        f"{name} {told.get(name, 'not told')}, here {own.get(name, 'none')}"
        for name in form.written_with if own.get(name) != told.get(name)
    )


def other_texts(
    folder: Path, certificate: Mapping[str, Any], labels: Sequence[str], how: Mapping[str, Any],
    forms: Mapping[str, Format],
) -> list[str]:
    """Which of model card and reader are not what this program writes of such a bundle."""
    expected = {CARD: model_card(certificate, labels, how, forms), READER: reader_code()}
    return [
        name for name, text in expected.items() if (folder / name).read_bytes() != text.encode()
    ]


def check_names(certificate: Mapping[str, Any]) -> None:
    """Check what the data and the results are called; data of a plug-in may not be known here.

    Raises:
        ExportError: they are called otherwise than here.
    """
    told, metrics = certificate["data"], certificate["metrics"]
    if metrics != {name: metrics_of([name]).get(name) for name in metrics} or (
        not metrics.keys() <= certificate["results"].keys()
    ):
        raise ExportError("the certificate calls a result otherwise than it is called")
    try:
        entry = lookup("dataset", certificate["dataset"])
        part = entry.parse_options(told["options"]).model_dump().get("test_part")
    except SpecError:
        return
    if told.get("test_part") != part:
        raise ExportError("the certificate's test_part is not that of the spec")
    card = entry.card
    if (told["title"], told["summary"]) != (card.title, card.summary):
        raise ExportError(f"the certificate calls the data otherwise than {card.title}")


def check_graph(proof: Mapping[str, Any], graph: Graph) -> None:
    """Check that a file holds the operators and tensors that its certificate tells of.

    Raises:
        ExportError: it does not.
    """
    if any(proof["graph"][key] != value for key, value in graph.summary().items()):
        raise ExportError(
            f"{proof['file']} holds other operators or tensors than the certificate says"
        )
