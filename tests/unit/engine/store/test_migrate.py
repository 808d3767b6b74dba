import sqlite3
import time

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from engine.spec.bundled import bundled
from engine.spec.errors import StoreError
from engine.spec.run_spec import RunSpec
from engine.spec.workspace import Workspace
from engine.store import cards, migrate, run_queue, runs, schema
from engine.store.connect import open_store
from engine.store.migrate import HEAD


@pytest.fixture
def workspace(unborn):
    return unborn


def set_revision(workspace, revision):
    raw = sqlite3.connect(workspace.database)
    raw.execute("UPDATE alembic_version SET version_num = ?", [revision])
    raw.commit()
    raw.close()


def test_that_a_new_database_is_what_the_schema_says(store):
    with store.read() as connection:
        assert compare_metadata(MigrationContext.configure(connection), schema.metadata) == []


def test_that_a_missing_column_would_be_noticed(store):
    with store.write() as connection:
        connection.exec_driver_sql("ALTER TABLE run DROP COLUMN note")
    with store.read() as connection:
        (difference,) = compare_metadata(MigrationContext.configure(connection), schema.metadata)
    assert difference[0] == "add_column"


def test_that_keys_cascade_and_ids_are_not_reused_as_the_schema_says(store):
    with store.read() as connection:
        query = "SELECT name, sql FROM sqlite_master WHERE type = 'table'"
        made = {row.name: row.sql for row in connection.exec_driver_sql(query)}
        for table in schema.metadata.tables.values():
            wanted = sorted((k.parent.name, k.column.table.name, k.ondelete)
                            for k in table.foreign_keys)
            found = connection.exec_driver_sql(f"PRAGMA foreign_key_list({table.name})").all()
            assert sorted((row[3], row[2], row[6]) for row in found) == wanted
            autoincrement = table.dialect_options["sqlite"]["autoincrement"]
            assert ("AUTOINCREMENT" in made[table.name]) == autoincrement


def test_that_head_is_the_newest_revision(store):
    revisions = sorted(
        file.name.split("_")[0] for file in bundled("migrations").glob("versions/*.py")
    )
    assert revisions[-1] == HEAD
    with store.read() as connection:
        assert connection.exec_driver_sql("SELECT * FROM alembic_version").scalar_one() == HEAD


def test_that_a_newer_database_is_refused_and_left_as_it_is(workspace):
    open_store(workspace).close()
    set_revision(workspace, "9999")
    before = workspace.database.read_bytes()
    with pytest.raises(StoreError, match=r"newer SiLa Studio \(its version 9999, ours [^\n]*$"):
        open_store(workspace)
    assert workspace.database.read_bytes() == before
    assert list(workspace.root.glob("*.backup")) == []


@pytest.fixture
def old_store(workspace, monkeypatch):
    """A store that the first release made, with a run in it, still in use."""
    with monkeypatch.context() as first:
        first.setattr(migrate, "HEAD", "0001")
        store = open_store(workspace)
    run_queue.enqueue(store, [RunSpec(name="of old")])
    yield store
    store.close()


def test_that_the_first_releases_database_is_upgraded_with_what_is_in_it(old_store, workspace):
    store = open_store(workspace)
    with store.read() as connection:
        assert compare_metadata(MigrationContext.configure(connection), schema.metadata) == []
    assert [row.experiment for row in runs.list_runs(store)] == ["of old"]
    runs.trash(store, [1])
    runs.restore(store, [1])
    store.close()
    run_queue.enqueue(old_store, [RunSpec(name="a program that runs on")])


def test_that_the_old_database_is_kept_with_what_is_only_in_its_log(old_store, workspace):
    open_store(workspace).close()
    open_store(workspace).close()
    (kept,) = workspace.root.glob("*.backup")
    assert kept.name == f"{workspace.database.name}.0001.backup"
    raw = sqlite3.connect(kept)
    assert raw.execute("SELECT experiment FROM run").fetchall() == [("of old",)]
    assert raw.execute("SELECT version_num FROM alembic_version").fetchall() == [("0001",)]
    raw.close()


UPGRADE = """
import sys
from pathlib import Path
from engine.spec.workspace import Workspace
from engine.store.connect import open_store
open_store(Workspace(Path(sys.argv[1]))).close()
"""


def test_that_processes_may_upgrade_a_workspace_at_the_same_moment(old_store, workspace, spawn):
    processes = [spawn(UPGRADE, workspace.root) for _ in range(3)]
    assert [process.communicate(timeout=60)[1] for process in processes] == [""] * 3
    (kept,) = workspace.root.glob("*.backup")
    raw = sqlite3.connect(kept)
    assert raw.execute("SELECT version_num FROM alembic_version").fetchall() == [("0001",)]
    raw.close()


TOGETHER = """
import sys, time
from pathlib import Path
from engine.spec.workspace import Workspace
from engine.store import cards
from engine.store.connect import open_store
me, root, start = sys.argv[1], Path(sys.argv[2]), float(sys.argv[3])
time.sleep(max(0.0, start - time.time()))
for trial in range(8):
    store = open_store(Workspace(root / str(trial)))
    cards.put_setting(store, me, trial)
    store.close()
"""


def test_that_processes_may_open_a_new_workspace_at_the_same_moment(spawn, tmp_path):
    start = time.time() + 1.5
    processes = [spawn(TOGETHER, f"p{i}", tmp_path, start) for i in range(3)]
    assert [process.communicate(timeout=60)[1] for process in processes] == [""] * 3
    for trial in range(8):
        store = open_store(Workspace(tmp_path / str(trial)))
        assert [cards.get_setting(store, f"p{i}") for i in range(3)] == [trial] * 3
        store.close()
