"""What takes long to find out and holds for every workspace, in the user's cache folder.

Each file says of which code it speaks. Losing it, or finding it damaged, costs time and nothing
else.
"""

import json
import os
import warnings
from pathlib import Path
from typing import Any, TypeVar

import platformdirs

T = TypeVar("T", list[Any], dict[str, Any])


def read(name: str, stamp: str, kind: type[T]) -> T:
    """What was kept under `name` with this stamp; an empty one of its kind where nothing was."""
    try:
        kept = json.loads(_file(name).read_text(encoding="utf-8"))
        known = kept["stamp"] == stamp and isinstance(kept["value"], kind)
        return kept["value"] if known else kind()
    except (OSError, ValueError, KeyError, TypeError):
        return kind()


def keep(name: str, stamp: str, value: Any) -> None:
    """Keep `value`, which JSON can say."""
    path = _file(name)
    temporary = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_text(json.dumps({"stamp": stamp, "value": value}), encoding="utf-8")
        temporary.replace(path)
    except OSError as error:  # it will be found out again
        warnings.warn(f"{name} could not be kept in {path}: {error}", stacklevel=2)


def _file(name: str) -> Path:
    return platformdirs.user_cache_path("sila-studio") / f"{name}.json"
