"""How much room each run takes. No Qt here."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from engine.spec.rows import RunRow
from engine.spec.workspace import Workspace


@dataclass(frozen=True)
class Usage:
    """Bytes on disk of one run: checkpoints, weights and bundles in the workspace."""

    run: RunRow
    num_bytes: int


def usage_by_run(workspace: Workspace, rows: Iterable[RunRow]) -> list[Usage]:
    """Measure the folders of runs, largest first; runs without files are left out."""
    found = [
        Usage(row, folder_bytes(workspace.run_folder(row.id))
              + folder_bytes(workspace.export_folder(row.id)))
        for row in rows
    ]
    return sorted((u for u in found if u.num_bytes), key=lambda u: -u.num_bytes)


def folder_bytes(folder: Path) -> int:
    """Bytes of the files below a folder; 0 where there is none, and for files that just went."""
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.stat().st_size if path.is_file() else 0
        except OSError:
            continue
    return total
