"""Opening the store: how it is connected to, read and written.

SQLite in WAL mode: any number of readers beside one writer at a time. Writers take the write
lock at once (BEGIN IMMEDIATE) and wait for each other; readers have connections of their own
that cannot write.
"""

import os
import shutil
import sqlite3
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.event import listen
from sqlalchemy.exc import DatabaseError

from engine.spec.errors import StoreError
from engine.spec.workspace import Workspace
from engine.store.migrate import bring_up_to_date

BUSY_TIMEOUT_S = 30.0
_PAUSE_S = 0.01
ROOM_BYTES = 2**16
"""With less, the index of SQLite's log cannot be made, and nothing can be read."""


class Store:
    """The database of one workspace. Safe to use from several threads."""

    def __init__(self, workspace: Workspace, writer: sa.Engine, reader: sa.Engine) -> None:
        """Use `open_store`, which checks and upgrades what it opens."""
        self.workspace = workspace
        self._writer = writer
        self._reader = reader

    @contextmanager
    def write(self) -> Generator[sa.Connection]:
        """A transaction that holds the write lock from its start and commits at its end.

        Raises:
            StoreError: the database is locked, full or damaged; nothing of it was written.
        """
        with _explained(self.workspace.database), self._writer.begin() as connection:
            yield connection

    @contextmanager
    def read(self) -> Generator[sa.Connection]:
        """A read-only view of one moment.

        Raises:
            StoreError: the database cannot be read.
        """
        with _explained(self.workspace.database), self._reader.connect() as connection:
            yield connection

    @contextmanager
    def watch(self) -> Generator[Callable[[], bool]]:
        """Yield a function that says whether anybody wrote since it was last asked.

        It costs microseconds and reads no table. Ask it from one thread.
        """
        with _explained(self.workspace.database), self._reader.connect() as connection:
            raw = connection.connection.dbapi_connection
            assert isinstance(raw, sqlite3.Connection)
            seen = -1

            def changed() -> bool:
                nonlocal seen
                before, seen = seen, raw.execute("PRAGMA data_version").fetchone()[0]
                return seen != before

            yield changed

    def check_place(self) -> None:
        """Say that the database is still where it was opened.

        Raises:
            StoreError: it was moved, renamed or deleted; what is open goes on in what is left.
        """
        if not self.workspace.database.exists():
            raise StoreError(
                f"the workspace {self.workspace.root} is not there any more: put it back, or open "
                "it where it is now"
            )

    def check_whole(self) -> None:
        """Read every page of the database: what is damaged there may not be met for long.

        Raises:
            StoreError: it is damaged.
        """
        with self.read() as connection:
            found = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar()
        if found != "ok":
            raise StoreError(_explain(self.workspace.database, f"malformed: {found}"))

    def sync(self) -> None:
        """Wait until all that was committed is on the disk; commits themselves do not wait for it.

        Raises:
            OSError: the disk does not take it.
        """
        log = self.workspace.database.with_name(f"{self.workspace.database.name}-wal")
        if log.exists():  # SQLite locks other files than this one, so closing it lets go of none
            with log.open("rb+") as file:
                os.fsync(file.fileno())

    def close(self) -> None:
        """Close every connection."""
        self._writer.dispose()
        self._reader.dispose()


def open_store(workspace: Workspace) -> Store:
    """Open the store of a workspace, making or upgrading it where needed.

    Raises:
        StoreError: the file is no database of ours, is damaged, or a newer version wrote it.
    """
    workspace.make()
    path = workspace.database
    with _explained(path):
        bring_up_to_date(path, lambda: _connect(path, read_only=False))
    return Store(workspace, _connect(path, read_only=False), _connect(path, read_only=True))


def insert(connection: sa.Connection, table: sa.Table, **values: Any) -> int:
    """Insert one row; returns its id."""
    key = connection.execute(table.insert().values(**values)).inserted_primary_key
    assert key is not None
    return int(key[0])


def _connect(path: Path, *, read_only: bool) -> sa.Engine:
    def creator() -> sqlite3.Connection:
        connection = sqlite3.connect(
            path, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False
        )
        connection.execute("PRAGMA foreign_keys = on")
        connection.execute("PRAGMA synchronous = normal")
        _keep_a_log(connection)
        if read_only:
            connection.execute("PRAGMA query_only = on")
        return connection

    engine = sa.create_engine("sqlite://", creator=creator, poolclass=sa.pool.QueuePool)

    def begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")

    listen(engine, "begin", begin)
    return engine


def _keep_a_log(connection: sqlite3.Connection) -> None:
    """Write to a log from now on.

    This is the one statement with which SQLite does not wait for whoever is about to write, be it
    another process that turns the log of a new database on.
    """
    if connection.execute("PRAGMA journal_mode").fetchone()[0] == "wal":
        return
    end = time.monotonic() + BUSY_TIMEOUT_S
    while True:
        try:
            connection.execute("PRAGMA journal_mode = wal")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > end:
                raise
        time.sleep(_PAUSE_S)


@contextmanager
def _explained(path: Path) -> Generator[None]:
    """Turn faults of the database into one line that a user can act on."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        raise StoreError(_explain(path, error)) from error
    except DatabaseError as error:
        if isinstance(error.orig, sqlite3.IntegrityError):
            raise
        raise StoreError(_explain(path, error.orig)) from error


def _explain(path: Path, error: Any) -> str:
    text = str(error)
    if "not a database" in text or "malformed" in text:
        return f"{path} is damaged or no SQLite database: move it away to start anew"
    if "locked" in text:
        return f"{path} was locked by another program for {BUSY_TIMEOUT_S:.0f} s; nothing was lost"
    if "full" in text or _is_full(path):  # SQLite may call it a disk I/O error
        return f"the disk that holds {path} is full: free some space; what was stored is kept"
    return f"{path}: {text}"


def _is_full(path: Path) -> bool:
    """Whether the disk has less than SQLite needs to go on."""
    try:
        return shutil.disk_usage(path.parent).free < ROOM_BYTES
    except OSError:
        return False
