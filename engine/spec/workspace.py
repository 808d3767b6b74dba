"""The folders of a workspace."""

import os
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from engine.spec.errors import StoreError

ENVIRONMENT_VARIABLE = "SILA_WORKSPACE"


@dataclass(frozen=True)
class Workspace:
    """Where one workspace keeps its things.

    Attributes:
        root: the folder of the workspace.
    """

    root: Path

    @property
    def database(self) -> Path:
        """The store."""
        return self.root / "studio.sqlite3"

    @property
    def logs(self) -> Path:
        """What the engine and its workers print."""
        return self.root / "logs"

    @property
    def packed_data(self) -> Path:
        """Datasets packed once for training."""
        return self.root / "packed"

    @property
    def downloads(self) -> Path:
        """Where datasets are looked for and downloaded to when a spec names no folder."""
        return self.root / "datasets"

    def run_folder(self, run: int) -> Path:
        """Checkpoints of one run."""
        return self.root / "runs" / str(run)

    def export_folder(self, run: int) -> Path:
        """Bundles of one run, where the user named no other folder."""
        return self.root / "exports" / str(run)

    def make(self) -> None:
        """Create the folder.

        Raises:
            StoreError: it cannot be created or written.
        """
        try:
            self.logs.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(
                f"cannot use the workspace {self.root}: {error.strerror or error}; name another "
                f"with --workspace or {ENVIRONMENT_VARIABLE}"
            ) from None


def find_workspace(folder: str | Path | None = None) -> Workspace:
    """Return the workspace named, else that of `SILA_WORKSPACE`, else the user's own."""
    named = folder or os.environ.get(ENVIRONMENT_VARIABLE)
    root = Path(named).expanduser() if named else platformdirs.user_data_path("sila-studio", False)
    return Workspace(root.resolve())
