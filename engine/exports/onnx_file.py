"""Opening an ONNX file in onnxruntime; needs no torch."""

import os
from pathlib import Path

import onnxruntime

from engine.spec.errors import ExportError


def open_onnx(path: Path) -> onnxruntime.InferenceSession:
    """Open a file on the CPU, as many threads as cores, none of them spinning.

    Raises:
        ExportError: the file is missing or damaged.
    """
    if not path.is_file():
        raise ExportError(f"there is no {path.name} in {path.parent}")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = os.cpu_count() or 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3
    try:
        return onnxruntime.InferenceSession(
            str(path), options, providers=["CPUExecutionProvider"]
        )
    except Exception as error:  # onnxruntime's exceptions have no common base of their own
        line = (str(error).splitlines() or [type(error).__name__])[0]
        raise ExportError(f"{path} is damaged or no ONNX file ({line})") from None
