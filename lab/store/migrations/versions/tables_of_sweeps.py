"""Sweeps, and what each of their trials came to."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Build the tables."""
    op.create_table(
        "sweeps",
        sa.Column("token", sa.String(64), primary_key=True),
        sa.Column("visit", sa.String(64), nullable=False, index=True),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("plan", sa.Text, nullable=False),
        sa.Column("status", sa.String(200), nullable=False, index=True),
        sa.Column("created", sa.Float, nullable=False),
    )
    op.create_table(
        "outcomes",
        sa.Column("sweep", sa.String(64), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("content", sa.Text, nullable=False),
    )


def downgrade() -> None:
    """Take the tables away, and all that is in them."""
    for table in ("sweeps", "outcomes"):
        op.drop_table(table)
