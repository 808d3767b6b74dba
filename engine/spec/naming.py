"""How variants are called."""

import os
from collections.abc import Mapping, Sequence
from typing import Any, cast


def with_options(name: str, options: Mapping[str, Any]) -> str:
    """A name followed by options, or alone where there are none."""
    said = ", ".join(f"{key} = {written(value)}" for key, value in options.items())
    return f"{name} ({said})" if said else name


def fork_name(name: str, epoch: int) -> str:
    """What a fork is called of something that has a name."""
    return f"{name} fork@{epoch}"


def written(value: Any) -> str:
    """A setting's value in few letters; of a path its last part."""
    if isinstance(value, list | tuple):
        return "/".join(map(written, cast("Sequence[Any]", value)))
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:g}"
    return os.path.basename(value) if isinstance(value, str) else str(value)  # noqa: PTH119
