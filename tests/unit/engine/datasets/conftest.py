from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from engine.datasets.dataset import DataPlaces, ImageData
from engine.registry import lookup

Read = Callable[..., ImageData]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Reads a dataset by name, as a run would."""

    def _read(name: str, root: Path | None = None, search: Path | None = None, **options: Any):
        places = DataPlaces(root, (search or tmp_path / "searched",), tmp_path / "packed")
        entry = lookup("dataset", name)
        return entry.make(places, entry.parse_options(options))

    return _read
