"""Presets: spec files to start from, ours and the user's own. No widgets here."""

import re
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QCoreApplication

from engine.spec.bundled import bundled
from engine.spec.errors import SpecError, StoreError
from engine.spec.spec_file import Table, dump_spec, read_text
from engine.spec.workspace import Workspace

_translate = QCoreApplication.translate


@dataclass(frozen=True)
class Preset:
    """A spec file to start from.

    Attributes:
        path: the file.
        description: what its first comment line says, or empty.
        own: whether the user saved it.
    """

    path: Path
    description: str
    own: bool

    @property
    def name(self) -> str:
        """Name of the file."""
        return self.path.stem


def own_folder(workspace: Workspace) -> Path:
    """Where the user's own presets lie."""
    return workspace.root / "presets"


def list_presets(workspace: Workspace) -> list[Preset]:
    """The presets that come with the program, then the user's own."""
    folders = ((bundled("assets") / "presets", False), (own_folder(workspace), True))
    return [
        Preset(path, _description(path), own)
        for folder, own in folders for path in sorted(folder.glob("*.toml"))
    ]


def save_preset(workspace: Workspace, name: str, table: Table) -> Path:
    """Write a preset of the user's, replacing one of that name; returns its file.

    Raises:
        SpecError: nothing of the name can be used in a file name.
        StoreError: the file cannot be written.
    """
    stem = re.sub(r"[^\w.-]+", "-", name.strip()).strip("-.")
    if not stem:
        raise SpecError(
            _translate("presets", "a preset needs a name with at least one letter or digit")
        )
    path = own_folder(workspace) / f"{stem}.toml"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dump_spec(table), encoding="utf-8")
    except OSError as error:
        text = _translate("presets", "the preset {0} cannot be written: {1}")
        raise StoreError(text.format(path, error.strerror)) from None
    return path


def _description(path: Path) -> str:
    try:
        first = read_text(path).partition("\n")[0]
    except SpecError:
        return ""
    return first.lstrip("# ").strip() if first.startswith("#") else ""
