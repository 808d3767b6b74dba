"""Exporters speak of their inner life on stdout, in warnings and in their logs."""

import contextlib
import io
import logging
import warnings
from collections.abc import Generator

_LOGGERS = (None, "torch.onnx", "torch.export", "onnxscript")  # None: the root


@contextlib.contextmanager
def quietly() -> Generator[None]:
    """Keep all of that to themselves; errors are raised as ever."""
    loggers = [logging.getLogger(name) for name in _LOGGERS]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    try:
        with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
