"""A run may go on from an epoch of another."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("run", sa.Column("forked_from", sa.Integer(), nullable=True))
    op.add_column("run", sa.Column("forked_at", sa.Integer(), nullable=True))
