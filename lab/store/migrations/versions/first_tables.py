"""Visits, their runs with a snapshot each, drawings, networks, and notes of what a page was set to.

As the tables were when the store was new: later migrations change them, and never this file.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Build the tables."""
    op.create_table(
        "visits",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("created", sa.Float, nullable=False),
        sa.Column("seen", sa.Float, nullable=False, index=True),
    )
    op.create_table(
        "runs",
        sa.Column("token", sa.String(64), primary_key=True),
        sa.Column("visit", sa.String(64), nullable=False, index=True),
        sa.Column("page", sa.String(200), nullable=False),
        sa.Column("experiment", sa.Text, nullable=False),
        sa.Column("training", sa.Boolean, nullable=False),
        sa.Column("pace", sa.String(200), nullable=False),
        sa.Column("changed", sa.Float, nullable=False, index=True),
    )
    op.create_table(
        "snapshots",
        sa.Column("token", sa.String(64), primary_key=True),
        sa.Column("clock", sa.Text, nullable=False),
        sa.Column("step", sa.BigInteger, nullable=False),
        sa.Column("accuracy", sa.Float),
        sa.Column("machine", sa.String(200), nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("content", sa.LargeBinary),
        sa.Column("file", sa.String(200)),
    )
    op.create_table(
        "drawings",
        sa.Column("visit", sa.String(64), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("content", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "models",
        sa.Column("visit", sa.String(64), primary_key=True),
        sa.Column("kind", sa.String(200), primary_key=True),
        sa.Column("name", sa.String(200), primary_key=True),
        sa.Column("place", sa.Integer, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("content", sa.LargeBinary),
        sa.Column("file", sa.String(200)),
    )
    op.create_table(
        "notes",
        sa.Column("visit", sa.String(64), primary_key=True),
        sa.Column("name", sa.String(200), primary_key=True),
        sa.Column("content", sa.Text, nullable=False),
    )


def downgrade() -> None:
    """Take the tables away, and all that is in them."""
    for table in ("visits", "runs", "snapshots", "drawings", "models", "notes"):
        op.drop_table(table)
