import os
import sqlite3
import time
from threading import Timer
from types import SimpleNamespace

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from engine.spec.errors import StoreError
from engine.spec.workspace import Workspace
from engine.store import cards, connect, runs, schema
from engine.store.connect import open_store

ONE_LINE = r"^[^\n]+$"


@pytest.fixture
def workspace(unborn):
    return unborn


def pragma(store, name, *, writer):
    with (store.write if writer else store.read)() as connection:
        return connection.exec_driver_sql(f"PRAGMA {name}").scalar()


@pytest.mark.parametrize("writer", [True, False])
def test_that_every_connection_is_in_wal_mode_with_foreign_keys(store, writer):
    assert pragma(store, "journal_mode", writer=writer) == "wal"
    assert pragma(store, "foreign_keys", writer=writer) == 1
    assert pragma(store, "busy_timeout", writer=writer) == 30_000


def test_that_a_reader_cannot_write(store):
    with pytest.raises(StoreError, match=ONE_LINE), store.read() as connection:
        connection.execute(schema.setting.insert().values(key="a", value=1))
    assert cards.get_setting(store, "a") is None


def test_that_a_write_that_fails_leaves_nothing(store):
    def write_and_fail():
        with store.write() as connection:
            connection.execute(schema.setting.insert().values(key="a", value=1))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        write_and_fail()
    assert cards.get_setting(store, "a") is None


def test_that_a_slip_of_ours_is_not_called_a_fault_of_the_database(store):
    with pytest.raises(IntegrityError), store.write() as connection:
        connection.execute(schema.series.insert().values(run_id=99, key="x"))


@pytest.mark.parametrize(("free", "said"), [
    (0, r"the disk that holds .*studio.sqlite3 is full: free some space; what was stored is kept$"),
    (2**30, r"studio.sqlite3: disk I/O error$"),
])
def test_that_a_full_disk_is_called_so_whatever_sqlite_calls_it(store, monkeypatch, free, said):
    monkeypatch.setattr(connect.shutil, "disk_usage", lambda _: SimpleNamespace(free=free))
    with pytest.raises(StoreError, match=said), store.read():
        raise sqlite3.OperationalError("disk I/O error")


def test_that_a_reader_sees_one_moment(store):
    with store.read() as connection:
        count = sa.select(sa.func.count()).select_from(schema.setting)
        before = connection.execute(count).scalar_one()
        cards.put_setting(store, "a", 1)
        assert connection.execute(count).scalar_one() == before
    assert cards.get_setting(store, "a") == 1


def test_that_a_writer_waits_no_longer_than_told_and_says_so(workspace, monkeypatch):
    monkeypatch.setattr(connect, "BUSY_TIMEOUT_S", 0.05)
    first, second = open_store(workspace), open_store(workspace)
    with first.write():
        with pytest.raises(StoreError, match="was locked by another program"):
            cards.put_setting(second, "a", 1)
        assert cards.get_setting(second, "a") is None  # reading goes on
    cards.put_setting(second, "a", 2)
    assert cards.get_setting(first, "a") == 2
    first.close()
    second.close()


def about_to_write(workspace):
    """A connection that is about to write a database that has no log, as a new one."""
    open_store(workspace).close()
    other = sqlite3.connect(workspace.database, isolation_level=None, check_same_thread=False)
    other.execute("PRAGMA journal_mode = delete")
    other.execute("BEGIN IMMEDIATE")
    return other


def test_that_whoever_comes_second_waits_to_turn_the_log_on(workspace):
    other = about_to_write(workspace)
    ending = Timer(0.3, other.execute, ["COMMIT"])
    ending.start()
    store = open_store(workspace)
    cards.put_setting(store, "a", 1)
    ending.join()
    assert cards.get_setting(store, "a") == 1
    with store.read() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
    store.close()
    other.close()


def test_that_nobody_waits_for_the_log_longer_than_told(workspace, monkeypatch):
    other = about_to_write(workspace)
    monkeypatch.setattr(connect, "BUSY_TIMEOUT_S", 0.05)
    store = open_store(workspace)
    with pytest.raises(StoreError, match="was locked by another program"):
        cards.put_setting(store, "a", 1)
    other.execute("COMMIT")
    cards.put_setting(store, "a", 1)
    store.close()
    other.close()


def test_that_a_watcher_hears_of_writes_only(store, workspace):
    other = open_store(workspace)
    with store.watch() as changed:
        assert changed()
        assert not changed()
        cards.get_setting(other, "a")
        assert not changed()
        cards.put_setting(other, "a", 1)
        assert changed()
        assert not changed()
    other.close()


def refused(workspace, said):
    """Opening is refused in one line, and the file stays as it was."""
    before = workspace.database.read_bytes()
    with pytest.raises(StoreError, match=said) as caught:
        open_store(workspace)
    assert "\n" not in str(caught.value)
    assert workspace.database.read_bytes() == before


def test_that_a_file_that_is_no_database_is_left_as_it_is(workspace):
    workspace.make()
    for content in (b"hello" * 500, b"\0" * 4096, b"SQLite format 3\0" + b"\xff" * 4080):
        workspace.database.write_bytes(content)
        refused(workspace, "is damaged or no SQLite database: move it away")


def test_that_a_truncated_database_is_refused(workspace):
    open_store(workspace).close()
    content = workspace.database.read_bytes()
    workspace.database.write_bytes(content[:5000])
    for extra in ("-wal", "-shm"):
        workspace.database.with_name(workspace.database.name + extra).unlink(missing_ok=True)
    refused(workspace, str(workspace.database))


def test_that_another_programs_database_is_left_as_it_is(workspace):
    workspace.make()
    other = sqlite3.connect(workspace.database)
    other.execute("CREATE TABLE mine (x)")
    other.commit()
    other.close()
    refused(workspace, "is another program's database: name another workspace")


def test_that_a_folder_in_the_files_place_is_refused(workspace):
    workspace.database.mkdir(parents=True)
    with pytest.raises(StoreError, match=ONE_LINE):
        open_store(workspace)


def test_that_a_workspace_below_a_file_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match=r"^cannot use the workspace"):
        open_store(Workspace(tmp_path / "file" / "w"))


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write everywhere")
def test_that_a_folder_that_may_not_be_written_is_refused(tmp_path):
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(StoreError, match=r"^cannot use the workspace"):
            open_store(Workspace(tmp_path / "w"))
    finally:
        tmp_path.chmod(0o700)


def test_that_opening_again_keeps_everything_and_is_quick(workspace):
    first = open_store(workspace)
    cards.put_setting(first, "a", {"b": [1, None]})
    first.close()
    start = time.perf_counter()
    again = open_store(workspace)
    assert time.perf_counter() - start < 0.5
    assert cards.get_setting(again, "a") == {"b": [1, None]}
    assert runs.list_runs(again) == []
    again.close()
