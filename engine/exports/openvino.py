"""OpenVINO, Intel's runtime for its processors; written where the package `openvino` is."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import nn

from engine.exports.content import Content
from engine.exports.extra import needs
from engine.exports.failure import first_line
from engine.exports.format import Format, Opened
from engine.exports.graph import Graph, tensor
from engine.exports.loading import image
from engine.exports.onnx import ONNX_PACKAGES, OnnxOptions, onnx_model
from engine.registry import register
from engine.spec.errors import ExportError
from engine.spec.options import Options

PACKAGE, FILE = "openvino", "model.xml"
_CONSTANT = "Constant"
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
        return Opened(partial(_ask, compiled), partial(_graph, model))

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
