"""Bringing a database to the version that this program speaks (alembic, `migrations/`)."""

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import sqlalchemy as sa

from engine.spec.bundled import bundled
from engine.spec.errors import StoreError

HEAD = "0001"
"""The newest revision in `migrations/versions`; a test holds the two together."""


def bring_up_to_date(path: Path, connect: Callable[[], sa.Engine]) -> None:
    """Create or upgrade the database at `path`; cheap when there is nothing to do.

    Before an upgrade the old file is kept beside it as `<name>.<revision>.backup`.

    Raises:
        StoreError: it was written by a newer version, or is another program's database.
    """
    revision = _revision(path)
    if revision == HEAD:
        return
    if revision is not None:
        _refuse_newer(path, revision)
        shutil.copy2(path, path.with_suffix(f"{path.suffix}.{revision}.backup"))
    _upgrade(connect)


def _revision(path: Path) -> str | None:
    """The revision of the database, None for one that is still empty."""
    if not path.exists() or path.stat().st_size == 0:
        return None
    with closing(sqlite3.connect(path, timeout=30)) as connection:
        names = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
        if not names:
            return None
        if "alembic_version" not in names:
            raise StoreError(f"{path} is another program's database: name another workspace")
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        return row[0] if row else None


def _refuse_newer(path: Path, revision: str) -> None:
    known = {file.name.split("_")[0] for file in (bundled("migrations") / "versions").glob("*.py")}
    if revision not in known:
        raise StoreError(
            f"{path} was written by a newer SiLa Studio (its version {revision}, ours {HEAD}): "
            "update the program; the file was left as it is"
        )


def _upgrade(connect: Callable[[], sa.Engine]) -> None:
    # Imported here: a workspace is upgraded once, opened often.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(bundled("migrations")).replace("%", "%%"))
    engine = connect()
    try:
        with engine.begin() as connection:  # whoever comes second waits, and finds nothing to do
            config.attributes["connection"] = connection
            command.upgrade(config, HEAD)
    finally:
        engine.dispose()
