"""ONNX, the format most runtimes read."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from torch import nn

from engine.exports.content import Content, traced
from engine.exports.failure import exporting
from engine.exports.format import Format, Opened
from engine.exports.loading import with_onnxruntime
from engine.exports.onnx_divisors import onnx_divisors
from engine.exports.onnx_file import (
    DOMAIN,
    GRAPH,
    OPSET,
    PRODUCER,
    onnx_graph,
    onnx_words,
    open_onnx,
    run_onnx,
    uncommented,
)
from engine.registry import register
from engine.spec.options import Options, option

if TYPE_CHECKING:
    from onnx import GraphProto, ModelProto
    from torch.export import ExportedProgram

BATCH = "batch"
SAID = {PRODUCER: "pytorch", GRAPH: "main_graph", DOMAIN: ""}
"""What exporters say of themselves, whatever their version."""
ONNX_PACKAGES = ("torch", "onnx", "onnxscript")
"""They write the graph."""


class OnnxOptions(Options):
    """Options of ONNX files."""

    preprocessing: bool = option(
        False, "Put the normalisation into the graph: the input is then uint8 pixels (B, H, W, C), "
        "RGB or grey, of the size that the network was trained on. Scaling and cropping stay "
        "outside, since ONNX has no operator that does them as they were done in training.",
        title="Normalisation inside",
    )
    opset: int = option(
        20, "Version of ONNX's operators; older runtimes ask for older ones.",
        title="Opset", ge=18, le=23,
    )


@register(
    "export", "onnx", title="ONNX",
    summary="One file with network and weights, for onnxruntime and most other runtimes; any "
    "batch size.",
    options=OnnxOptions, facts={"file": "model.onnx", "default": True},
)
class Onnx(Format):
    """torch.export-based ONNX with a dynamic batch; input `image`, output `logits`.

    The metadata hold `labels` and `preprocess` as JSON. Of a network that ships with all its exits
    the outputs are `logits_1` …, and the entry `sila` holds what each costs and the thresholds to
    leave early by.
    """

    file_name = "model.onnx"
    written_with = ONNX_PACKAGES
    runs_with = "onnxruntime and numpy"

    def __init__(self, options: OnnxOptions) -> None:
        """Make it with `options`."""
        super().__init__(options)
        self._options, self.takes_pixels = options, options.preprocessing

    def write(self, content: Content, path: Path) -> None:
        """Write and check the file; see `Format.write`."""
        write_checked(onnx_model(content, self._options), path)

    def open(self, path: Path, blank: Callable[[], nn.Module]) -> Opened:
        """Open a file in onnxruntime; see `Format.open`."""
        del blank
        return Opened(
            partial(run_onnx, open_onnx(path)), partial(onnx_graph, path),
            partial(onnx_words, path), partial(onnx_divisors, path),
        )

    def says(self, content: Content) -> Mapping[str, str]:
        """The metadata, who wrote it, and the version of the operators; see `Format.says`."""
        return {**metadata_of(content, self._options), **SAID, OPSET: str(self._options.opset)}

    def loading(self, outputs: Sequence[str]) -> str:
        """Code with onnxruntime; see `Format.loading`."""
        return with_onnxruntime(self.file_name, outputs, takes_pixels=self.takes_pixels)


def metadata_of(content: Content, options: OnnxOptions) -> dict[str, str]:
    """What a file says of itself, and of its input: `preprocess` is to be done, or is inside."""
    takes = {"dtype": "float32", "layout": "NCHW", "preprocess": "to be done before"}
    if options.preprocessing:
        takes = {"dtype": "uint8", "layout": "NHWC", "preprocess": "inside"}
    return {**content.metadata, "input": json.dumps(takes)}


def onnx_model(content: Content, options: OnnxOptions) -> "ModelProto":
    """A float32 graph of the network; a copy of its own for whoever asks.

    Raises:
        ExportError: the network cannot be written as ONNX.
    """
    import onnx

    if options.preprocessing:
        content = content.with_normalisation
    names, opset = list(content.part.outputs), options.opset

    def make() -> bytes:
        program = content.program
        with exporting(
            "written as ONNX", content.network, content.feed(content.pixels),
            lambda module, inputs: _converted(traced(module, inputs), opset),
        ):
            model = _converted(program, opset, names)
        uncommented(model)  # exporters write where an operator stands in the code, folders and all
        _name_batch(model.graph)
        return model.SerializeToString()

    model = onnx.load_from_string(content.once(("onnx", opset), make))
    onnx.helper.set_model_props(model, metadata_of(content, options))
    return model


def write_checked(model: "ModelProto", path: Path) -> None:
    """Check a graph and write it.

    Raises:
        OSError: there is no room for it.
    """
    import onnx

    onnx.checker.check_model(model, full_check=True)
    path.write_bytes(model.SerializeToString())


def _name_batch(graph: "GraphProto") -> None:
    """Call the dimension that may have any size `batch`, as people look for it."""
    symbol = graph.input[0].type.tensor_type.shape.dim[0].dim_param
    for value in (*graph.input, *graph.output, *graph.value_info):
        for dim in value.type.tensor_type.shape.dim:
            if dim.dim_param:
                dim.dim_param = re.sub(rf"\b{symbol}\b", BATCH, dim.dim_param)


def _converted(
    program: "ExportedProgram", opset: int, outputs: list[str] | None = None
) -> "ModelProto":
    import torch.onnx

    written = torch.onnx.export(
        program, dynamo=True, input_names=["image"] if outputs else None, opset_version=opset,
        output_names=outputs, verbose=False,
    )
    assert written is not None
    return written.model_proto
