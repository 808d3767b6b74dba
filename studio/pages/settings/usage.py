"""How much room the workspace takes. No Qt here."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from engine.spec.rows import RunRow
from engine.spec.workspace import Workspace


@dataclass(frozen=True)
class RunUsage:
    """Bytes on disk of one run.

    Attributes:
        run: the run.
        num_bytes: of its checkpoints, weights and bundles in the workspace.
        spare_bytes: of the checkpoints among them that it can do without.
    """

    run: RunRow
    num_bytes: int
    spare_bytes: int


@dataclass(frozen=True)
class Usage:
    """Bytes on disk of a workspace: by run, largest first, and of what is no run's."""

    runs: list[RunUsage]
    database: int
    packed: int
    datasets: int
    logs: int


def measure(workspace: Workspace, rows: Iterable[RunRow], spare: Mapping[int, int]) -> Usage:
    """Measure a workspace; runs without files are left out.

    Args:
        workspace: its folders.
        rows: its runs.
        spare: bytes of the checkpoints that runs can do without, by run.
    """
    found = [
        RunUsage(
            row,
            folder_bytes(workspace.run_folder(row.id))
            + folder_bytes(workspace.export_folder(row.id)),
            spare.get(row.id, 0),
        )
        for row in rows
    ]
    database = workspace.database
    return Usage(
        sorted((u for u in found if u.num_bytes), key=lambda u: -u.num_bytes),
        sum(map(file_bytes, database.parent.glob(f"{database.name}*"))),
        folder_bytes(workspace.packed_data),
        folder_bytes(workspace.downloads),
        folder_bytes(workspace.logs),
    )


def folder_bytes(folder: Path) -> int:
    """Bytes of the files below a folder; 0 where there is none."""
    return sum(map(file_bytes, folder.rglob("*")))


def file_bytes(path: Path) -> int:
    """Bytes of a file; 0 for a folder, and for a file that just went."""
    try:
        return path.stat().st_size if path.is_file() else 0
    except OSError:
        return 0
