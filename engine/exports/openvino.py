"""OpenVINO, Intel's runtime for its processors; written where the package `openvino` is."""

import re
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from functools import partial
from math import prod
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from xml.etree import ElementTree

import numpy as np
from numpy.typing import NDArray
from torch import nn

from engine.exports.content import Content
from engine.exports.extra import needs
from engine.exports.failure import first_line
from engine.exports.format import Format, Opened
from engine.exports.graph import Graph, tensor
from engine.exports.loading import image
from engine.exports.onnx import ONNX_PACKAGES, OnnxOptions, metadata_of, onnx_model
from engine.exports.words import NUMBER, Words
from engine.registry import register
from engine.spec.errors import ExportError
from engine.spec.options import Options

PACKAGE, FILE = "openvino", "model.xml"
_CONSTANT = "Constant"
_TOLD, _RUNTIME = "rt_info", "info"
_EXACTLY = {"INFERENCE_PRECISION_HINT": "f32"}  # where it could, it would round to bfloat16
_LOADING = """import openvino
{read}
model = openvino.Core().compile_model("{file}", "CPU", {{"INFERENCE_PRECISION_HINT": "f32"}})
logits = list(model([{x}]).values())[-1]
print(LABELS[logits.argmax()])"""


@register(
    "export", "openvino", title="OpenVINO",
    summary="For Intel's processors and graphics: a graph (.xml) and its weights (.bin), in "
    "float32; any batch size.",
    options=Options, facts={"file": FILE, "default": False, **needs(PACKAGE)},
)
class OpenVino(Format):
    """OpenVINO's own files, from the ONNX graph, in float32; input `image`, output `logits`.

    The graph is read by the runtime itself: the package's converter would report its use.
    """

    file_name = FILE
    written_with = (*ONNX_PACKAGES, PACKAGE)
    runs_with = "OpenVINO (model.bin has its weights)"
    beside = ("model.bin",)

    def write(self, content: Content, path: Path) -> None:
        """Write the graph, and its weights beside it as .bin; see `Format.write`."""
        graph = onnx_model(content, OnnxOptions()).SerializeToString()
        model = _openvino().Core().read_model(graph)
        for key, value in content.metadata.items():
            model.set_rt_info(value, ["sila", key])
        with TemporaryDirectory() as folder:  # a full disk must not be the runtime's to find
            written = Path(folder) / self.file_name
            _openvino().save_model(model, written, compress_to_fp16=False)
            for file in (path, *(path.with_name(other) for other in self.beside)):
                file.write_bytes((written.with_name(file.name)).read_bytes())

    def open(self, path: Path, blank: Callable[[], nn.Module]) -> Opened:
        """Compile the files for the CPU; see `Format.open`."""
        del blank
        model = _read(path)
        compiled = _openvino().Core().compile_model(model, "CPU", _EXACTLY)
        weights = path.with_name(self.beside[0])
        return Opened(
            partial(_ask, compiled), partial(_graph, model), partial(_words, path, weights)
        )

    def says(self, content: Content) -> Mapping[str, str]:
        """The metadata, and those of the graph it was made of; see `Format.says`."""
        return {
            **{f"framework/{k}": v for k, v in metadata_of(content, OnnxOptions()).items()},
            **{f"sila/{key}": value for key, value in content.metadata.items()},
        }

    def loading(self, outputs: Sequence[str]) -> str:
        """Code with OpenVINO; see `Format.loading`."""
        del outputs
        read, x = image(takes_pixels=False)
        return _LOADING.format(file=self.file_name, read=read, x=x)


def _openvino() -> Any:
    import openvino  # pyright: ignore[reportMissingImports]

    return openvino


def _read(path: Path) -> Any:
    try:
        return _openvino().Core().read_model(path)
    except RuntimeError as error:
        said = first_line(error)
        raise ExportError(f"{path} is damaged or cannot be read by OpenVINO ({said})") from None


def _ask(compiled: Any, images: NDArray[np.generic]) -> tuple[NDArray[np.float32], ...]:
    return tuple(np.array(out) for out in compiled([images]).values())


def _graph(model: Any) -> Graph:
    """Operators, and constants."""
    nodes = model.get_ordered_ops()
    held = [node for node in nodes if node.get_type_name() == _CONSTANT]
    return Graph(
        tuple(node.get_type_name() for node in nodes if node.get_type_name() != _CONSTANT),
        tuple(tensor(c.get_output_element_type(0), c.get_output_shape(0)) for c in held),
    )


def _words(path: Path, weights: Path) -> Words:
    """What the graph says of itself, all texts in it, and how much of both files is no constant."""
    try:
        text = path.read_text("utf-8")
        root = ElementTree.fromstring(text)
        held = sum(_covered([*_places(root)]))
    except (ElementTree.ParseError, OSError, ValueError, KeyError) as error:
        raise ExportError(f"{path} cannot be looked into ({first_line(error)})") from None
    info = root.find(_TOLD)
    told = () if info is None else tuple(_told(info, ""))
    said = {id(part) for part in (() if info is None else info) if part.tag != _RUNTIME}
    left = weights.stat().st_size - held
    names = (*_texts(root, said), *(["bytes of no constant"] if left else []))
    return Words(told, len(NUMBER.sub("#", text)) + left, frozenset(names))


def _places(root: ElementTree.Element) -> Iterator[tuple[int, int]]:
    """Where constants begin and end in the file of weights, by their types and shapes."""
    for layer in root.iter("layer"):
        data = layer.find("data")
        if layer.get("type") == "Const" and data is not None:
            bits = int(re.sub(r"\D", "", data.attrib["element_type"]) or 8)  # boolean has none
            sizes = map(int, re.findall(r"\d+", data.attrib["shape"]))
            start = int(data.attrib["offset"])
            yield start, start + prod(sizes) * bits // 8


def _covered(places: list[tuple[int, int]]) -> Iterator[int]:
    """How many bytes lie in places, piece by piece; several constants may lie in one."""
    last = 0
    for start, end in sorted(places):
        yield max(0, end - max(start, last))
        last = max(last, end)


def _told(part: ElementTree.Element, place: str) -> Iterator[tuple[str, str]]:
    """What is said of the whole, but for the runtime's version, which names have."""
    for inner in part:
        if inner.tag != _RUNTIME:
            here = f"{place}{inner.tag}"
            for key, value in inner.attrib.items():
                yield (here if key == "value" else f"{here} {key}"), value
            if text := f"{inner.text or ''}{inner.tail or ''}".strip():
                yield f"{here} text", text
            yield from _told(inner, f"{here}/")


def _texts(part: ElementTree.Element, said: Container[int]) -> Iterator[str]:
    """All else that stands in it: names, and values of attributes."""
    if id(part) in said:
        return
    yield from (part.tag, *part.attrib, *part.attrib.values())
    yield from (text.strip() for text in (part.text, part.tail) if text)
    for inner in part:
        yield from _texts(inner, said)
