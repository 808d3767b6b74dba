import sqlite3
import time

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from engine.spec.bundled import bundled
from engine.spec.errors import StoreError
from engine.spec.workspace import Workspace
from engine.store import cards, schema
from engine.store.connect import open_store
from engine.store.migrate import HEAD


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
