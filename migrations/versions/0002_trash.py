"""Deleted runs stay in the trash until they are freed."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("run", sa.Column("deleted_at", sa.Float(), nullable=True))
