"""ONNX, the format most runtimes read."""

import contextlib
import io
import logging
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engine.backbones.backbone import Backbone
from engine.exports.format import Predictor
from engine.exports.onnx_file import open_onnx
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
    """torch.export-based ONNX with a dynamic batch; input `image`, output `logits`."""

    file_name = "model.onnx"

    def __init__(self, options: Options) -> None:
        """There is nothing to choose."""

    def write(self, network: Backbone, example_BCHW: Tensor, path: Path) -> None:
        """Write and check the file; see `Format.write`."""
        import onnx

        batch = torch.export.Dim("batch", min=1)
        try:
            with _quiet():
                program = torch.onnx.export(
                    network, (example_BCHW,), dynamo=True, dynamic_shapes=({0: batch},),
                    input_names=["image"], output_names=["logits"], verbose=False,
                )
            assert program is not None
            program.save(str(path), external_data=False)
            onnx.checker.check_model(str(path), full_check=True)
        except Exception as error:  # the exporter raises whatever its passes raise
            line = (str(error).splitlines() or [type(error).__name__])[0]
            raise ExportError(f"the network cannot be written as ONNX: {line}") from error

    def open(self, path: Path, blank: Callable[[], Backbone]) -> Predictor:
        """Open a file in onnxruntime; see `Format.open`."""
        del blank
        session = open_onnx(path)

        def predict(x_BCHW: NDArray[np.float32]) -> NDArray[np.float32]:
            return np.asarray(session.run(None, {"image": x_BCHW})[0])

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
