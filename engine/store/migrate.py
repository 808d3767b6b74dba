"""Bringing a database to the version that this program speaks (alembic, `migrations/`)."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import sqlalchemy as sa

from engine.spec.bundled import bundled
from engine.spec.errors import StoreError

HEAD = "0003"
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
    engine = connect()
    try:
        with engine.begin() as connection:
            revision = _revision(path)  # whoever comes second has waited, and finds it done
            if revision == HEAD:
                return
            if revision is not None:
                _back_up(path, revision)
            _upgrade(connection)
    finally:
        engine.dispose()


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


def _back_up(path: Path, revision: str) -> None:
    """Keep the database as it is, with what is only in its log yet."""
    kept = path.with_suffix(f"{path.suffix}.{revision}.backup")
    with closing(sqlite3.connect(path)) as old, closing(sqlite3.connect(kept)) as copy:
        old.backup(copy)


def _upgrade(connection: sa.Connection) -> None:
    # Imported here: a workspace is upgraded once, opened often.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(bundled("migrations")).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, HEAD)
