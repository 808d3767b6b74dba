"""The tables. Who writes which column is written down in ARCHITECTURE.md.

Times are seconds since the epoch (UTC). JSON columns hold what is only ever read as a whole.
"""

import sqlalchemy as sa

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _id() -> sa.Column[int]:
    return sa.Column("id", sa.Integer, primary_key=True)


def _owner(table: str) -> sa.Column[int]:
    """A foreign key that goes with the row it belongs to."""
    key = sa.ForeignKey(f"{table}.id", ondelete="CASCADE")
    return sa.Column(f"{table}_id", sa.Integer, key, index=True, nullable=False)


run = sa.Table(
    "run", metadata, _id(),
    # what it is: written when it is queued, or edited before its first step
    sa.Column("experiment", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("seed", sa.BigInteger, nullable=False),
    sa.Column("digest", sa.Text, nullable=False, index=True),
    sa.Column("context", sa.Text, nullable=False),
    sa.Column("method", sa.Text, nullable=False),
    sa.Column("backbone", sa.Text, nullable=False),
    sa.Column("dataset", sa.Text, nullable=False),
    sa.Column("spec", sa.JSON, nullable=False),
    sa.Column("epochs", sa.Integer, nullable=False),
    sa.Column("created_at", sa.Float, nullable=False),
    # the run and the epoch that it goes on from; no key, for a fork outlives its parent
    sa.Column("forked_from", sa.Integer),
    sa.Column("forked_at", sa.Integer),
    # what the user says of it
    sa.Column("colour", sa.Integer, nullable=False),
    sa.Column("position", sa.Float, nullable=False),
    sa.Column("pinned", sa.Boolean, nullable=False, default=False),
    sa.Column("tags", sa.JSON, nullable=False, default=list),
    sa.Column("note", sa.Text, nullable=False, default=""),
    # how far it is: written by its worker, the state also by the engine
    sa.Column("state", sa.Text, nullable=False, index=True),
    sa.Column("error", sa.Text, nullable=False, default=""),
    sa.Column("started_at", sa.Float),
    sa.Column("finished_at", sa.Float),
    sa.Column("seconds", sa.Float, nullable=False, default=0.0),
    sa.Column("step", sa.Integer, nullable=False, default=0),
    sa.Column("num_steps", sa.Integer, nullable=False, default=0),
    sa.Column("steps_per_epoch", sa.Integer, nullable=False, default=0),
    sa.Column("images_per_s", sa.Float),
    sa.Column("device", sa.Text, nullable=False, default=""),
    sa.Column("params_training", sa.BigInteger),
    sa.Column("params_deployed", sa.BigInteger),
    sa.Column("data_digest", sa.Text, nullable=False, default=""),
    # since when it is in the trash: written by whoever deletes it or brings it back
    sa.Column("deleted_at", sa.Float),
    sqlite_autoincrement=True,  # a deleted run's number, and so its folder, is never given again
)

not_deleted = run.c.deleted_at.is_(None)
"""Asked by whatever looks for runs: what is in the trash is as good as gone."""

request = sa.Table(
    "request", metadata, _id(), _owner("run"),
    sa.Column("kind", sa.Text, nullable=False),  # pause | stop
    sa.Column("created_at", sa.Float, nullable=False),
    sa.Column("handled_at", sa.Float),
)

worker = sa.Table(
    "worker", metadata, _id(),
    sa.Column("kind", sa.Text, nullable=False),  # train | task | nursery
    sa.Column("state", sa.Text, nullable=False),  # starting | ready | busy | gone
    sa.Column("pid", sa.Integer),
    sa.Column("process_started_at", sa.Float),
    sa.Column("host", sa.Text, nullable=False, default=""),
    sa.Column("created_at", sa.Float, nullable=False),
    sa.Column("heartbeat_at", sa.Float),
)

attempt = sa.Table(
    "attempt", metadata, _id(), _owner("run"), _owner("worker"),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("state", sa.Text, nullable=False),  # a RunState
    sa.Column("first_step", sa.Integer, nullable=False, default=0),
    sa.Column("created_at", sa.Float, nullable=False),
    sa.Column("finished_at", sa.Float),
    sa.Column("error", sa.Text, nullable=False, default=""),
    sa.Column("versions", sa.JSON),
    sa.UniqueConstraint("run_id", "number"),
)

engine = sa.Table(
    "engine", metadata, _id(),  # one row: the lease
    sa.Column("token", sa.Text, nullable=False),
    sa.Column("pid", sa.Integer, nullable=False),
    sa.Column("process_started_at", sa.Float, nullable=False),
    sa.Column("host", sa.Text, nullable=False),
    sa.Column("started_at", sa.Float, nullable=False),
    sa.Column("heartbeat_at", sa.Float, nullable=False),
    sa.Column("stop_requested", sa.Boolean, nullable=False, default=False),
    sa.Column("devices", sa.JSON, nullable=False, default=list),
)

series = sa.Table(
    "series", metadata, _id(), _owner("run"),
    sa.Column("key", sa.Text, nullable=False),
    sa.UniqueConstraint("run_id", "key"),
)

block = sa.Table(
    "block", metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    _owner("series"),
    sa.Column("first_step", sa.Integer, nullable=False),
    sa.Column("last_step", sa.Integer, nullable=False),
    sa.Column("num_points", sa.Integer, nullable=False),
    sa.Column("data", sa.LargeBinary, nullable=False),
    sqlite_autoincrement=True,  # a merged block's id is never given again: readers tail by id
)

summary = sa.Table(
    "summary", metadata,
    sa.Column(
        "series_id", sa.Integer, sa.ForeignKey("series.id", ondelete="CASCADE"), primary_key=True
    ),
    sa.Column("last", sa.Float),
    sa.Column("last_step", sa.Integer),
    sa.Column("best", sa.Float),
    sa.Column("best_step", sa.Integer),
)

event = sa.Table(
    "event", metadata, _id(), _owner("run"),
    sa.Column("at", sa.Float, nullable=False),
    sa.Column("level", sa.Text, nullable=False),  # info | warning | error
    sa.Column("text", sa.Text, nullable=False),
    sqlite_autoincrement=True,
)

artifact = sa.Table(
    "artifact", metadata, _id(), _owner("run"),
    sa.Column("kind", sa.Text, nullable=False),  # checkpoint | weights | bundle
    sa.Column("path", sa.Text, nullable=False),
    sa.Column("step", sa.Integer, nullable=False, default=0),
    sa.Column("bytes", sa.BigInteger, nullable=False),
    sa.Column("sha256", sa.Text, nullable=False, default=""),
    sa.Column("facts", sa.JSON, nullable=False, default=dict),
    sa.Column("created_at", sa.Float, nullable=False),
    sa.UniqueConstraint("run_id", "path"),
)

task = sa.Table(
    "task", metadata, _id(),
    sa.Column("kind", sa.Text, nullable=False),  # see engine.chores
    sa.Column("arguments", sa.JSON, nullable=False),
    sa.Column("state", sa.Text, nullable=False, index=True),
    # queued | running | done | failed | cancelled
    sa.Column("worker_id", sa.Integer, sa.ForeignKey("worker.id", ondelete="SET NULL")),
    sa.Column("done", sa.Integer, nullable=False, default=0),
    sa.Column("total", sa.Integer, nullable=False, default=0),
    sa.Column("doing", sa.Text, nullable=False, default=""),
    sa.Column("result", sa.JSON),
    sa.Column("error", sa.Text, nullable=False, default=""),
    sa.Column("created_at", sa.Float, nullable=False),
    sa.Column("finished_at", sa.Float),
)

card = sa.Table(
    "card", metadata,
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("card", sa.JSON, nullable=False),
)

setting = sa.Table(
    "setting", metadata,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("value", sa.JSON),
)
