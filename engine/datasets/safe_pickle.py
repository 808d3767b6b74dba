"""Reading the pickles that CIFAR is published as, without trusting them.

Unpickling runs what the file asks for. Here a file can ask for nothing but byte arrays, which
are rebuilt by the lines below; anything else is refused before it is looked up.
"""

import pickle
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.spec.errors import DataError


class _Dtype:
    """Stands for `numpy.dtype`: remembers which one was asked for."""

    def __init__(self, name: Any = None, *_: Any) -> None:
        self.name = name

    def __setstate__(self, state: Any) -> None:
        """Take nothing: the byte order of a byte says nothing."""


class _Array:
    """Stands for `numpy.ndarray` and for what rebuilds it."""

    value: NDArray[np.uint8] | None = None

    def __init__(self, *_: Any) -> None:
        """An array is made empty, its state follows."""

    def __setstate__(self, state: Any) -> None:
        """Take (version, shape, dtype, is Fortran order, bytes), as NumPy writes them."""
        _, shape, dtype, fortran, raw = state
        if not isinstance(dtype, _Dtype) or dtype.name not in ("u1", "uint8", "|u1"):
            raise pickle.UnpicklingError("it holds an array that is not of bytes")
        data = raw if isinstance(raw, bytes) else raw.encode("latin1")
        self.value = np.frombuffer(data, np.uint8).reshape(shape, order="F" if fortran else "C")


_ALLOWED = {
    ("numpy.core.multiarray", "_reconstruct"): _Array,
    ("numpy._core.multiarray", "_reconstruct"): _Array,
    ("numpy", "ndarray"): _Array,
    ("numpy", "dtype"): _Dtype,
    # Python 3 writes bytes in old protocols as text to encode; `bytes` takes the same arguments.
    ("_codecs", "encode"): bytes,
}


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        try:
            return _ALLOWED[module, name]
        except KeyError:
            raise pickle.UnpicklingError(
                f"it asks to run {module}.{name}, which was refused"
            ) from None


def read_pickled_table(path: Path) -> dict[str, Any]:
    """Return the dictionary that a pickle holds: text keys, byte arrays, lists and numbers.

    Raises:
        DataError: it cannot be read, is damaged, or asks for anything else.
    """
    try:
        with path.open("rb") as file:
            table = _Unpickler(file, encoding="latin1").load()
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror or error}") from None
    except Exception as error:  # damaged pickles raise about everything
        raise DataError(f"{path} is damaged or no CIFAR file: {_line(error)}") from None
    if not isinstance(table, dict):
        raise DataError(f"{path} is no CIFAR file: it holds no table")
    return {_text(key): _plain(value) for key, value in table.items()}


def _text(key: Any) -> str:
    return key.decode("latin1") if isinstance(key, bytes) else str(key)


def _plain(value: Any) -> Any:
    return value.value if isinstance(value, _Array) else value


def _line(error: Exception) -> str:
    return str(error).partition("\n")[0] or type(error).__name__
