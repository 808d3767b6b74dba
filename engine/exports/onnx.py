"""ONNX, the format most runtimes read."""

import contextlib
import io
import json
import logging
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from engine.exports.format import Predictor
from engine.exports.onnx_file import open_onnx
from engine.exports.part import Part
from engine.registry import register
from engine.spec.errors import ExportError
from engine.spec.options import Options


@register(
    "export", "onnx", title="ONNX",
    summary="One file with network and weights, for onnxruntime and most other runtimes; any "
    "batch size.",
    facts={"file": "model.onnx"},
)
class Onnx:
    """torch.export-based ONNX with a dynamic batch; input `image`, output `logits`.

    Of a network that ships with all its exits the outputs are `logits_1` …, and the metadata entry
    `sila` holds what each costs and the thresholds to leave early by, as JSON.
    """

    file_name = "model.onnx"

    def __init__(self, options: Options) -> None:
        """There is nothing to choose."""

    def write(self, network: nn.Module, example_BCHW: Tensor, path: Path, part: Part) -> None:
        """Write and check the file; see `Format.write`."""
        import onnx

        batch = torch.export.Dim("batch", min=1)
        try:
            with _quiet():
                program = torch.onnx.export(
                    network, (example_BCHW,), dynamo=True, dynamic_shapes=({0: batch},),
                    input_names=["image"], output_names=list(part.outputs), verbose=False,
                )
            assert program is not None
            if part.facts:
                program.model.metadata_props["sila"] = json.dumps(dict(part.facts))
            program.save(str(path), external_data=False)
            onnx.checker.check_model(str(path), full_check=True)
        except Exception as error:  # the exporter raises whatever its passes raise
            line = (str(error).splitlines() or [type(error).__name__])[0]
            raise ExportError(f"the network cannot be written as ONNX: {line}") from error

    def open(self, path: Path, blank: Callable[[], nn.Module]) -> Predictor:
        """Open a file in onnxruntime; see `Format.open`."""
        del blank
        session = open_onnx(path)

        def predict(x_BCHW: NDArray[np.float32]) -> tuple[NDArray[np.float32], ...]:
            return tuple(np.asarray(out) for out in session.run(None, {"image": x_BCHW}))

        return predict


@contextlib.contextmanager
def _quiet():  # noqa: ANN202 - a context manager
    """The exporter speaks of its inner life on stdout, in warnings and in its log."""
    logger = logging.getLogger("torch.onnx")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)
