"""ONNX, the format most runtimes read."""

import json
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from torch import nn

from engine.exports.content import Content, first_line
from engine.exports.format import Format, Opened
from engine.exports.loading import with_onnxruntime
from engine.exports.onnx_file import onnx_graph, open_onnx, run_onnx
from engine.exports.quiet import quietly
from engine.registry import register
from engine.spec.errors import ExportError
from engine.spec.options import Options, option


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
    runs_with = "onnxruntime and numpy"

    def __init__(self, options: OnnxOptions) -> None:
        """Make it with `options`."""
        super().__init__(options)
        self._options, self.takes_pixels = options, options.preprocessing

    def write(self, content: Content, path: Path) -> None:
        """Write and check the file; see `Format.write`."""
        write_onnx(content, path, self._options)

    def open(self, path: Path, blank: Callable[[], nn.Module]) -> Opened:
        """Open a file in onnxruntime; see `Format.open`."""
        del blank
        return Opened(partial(run_onnx, open_onnx(path)), partial(onnx_graph, path))

    def loading(self, outputs: Sequence[str]) -> str:
        """Code with onnxruntime; see `Format.loading`."""
        return with_onnxruntime(self.file_name, outputs, takes_pixels=self.takes_pixels)


def metadata_of(content: Content, options: OnnxOptions) -> dict[str, str]:
    """What a file says of itself, and of its input: `preprocess` is to be done, or is inside."""
    takes = {"dtype": "float32", "layout": "NCHW", "preprocess": "to be done before"}
    if options.preprocessing:
        takes = {"dtype": "uint8", "layout": "NHWC", "preprocess": "inside"}
    return {**content.metadata, "input": json.dumps(takes)}


def write_onnx(content: Content, path: Path, options: OnnxOptions) -> None:
    """Write a float32 file and check it.

    Raises:
        ExportError: the network cannot be written as ONNX.
    """
    import onnx
    import torch.onnx

    if options.preprocessing:
        content = content.with_normalisation
    program = content.program
    try:
        with quietly():
            written = torch.onnx.export(
                program, dynamo=True, input_names=["image"], opset_version=options.opset,
                output_names=list(content.part.outputs), verbose=False,
            )
        assert written is not None
        written.model.metadata_props.update(metadata_of(content, options))
        written.save(str(path), external_data=False)
        onnx.checker.check_model(str(path), full_check=True)
    except Exception as error:  # the exporter raises whatever its passes raise
        said = first_line(error)
        raise ExportError(f"the network cannot be written as ONNX: {said}") from error
