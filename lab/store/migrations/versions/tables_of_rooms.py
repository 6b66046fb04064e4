"""Rooms, the moments of their walls, the digits that were written in them, and the sets made of
these.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Build the tables."""
    op.create_table(
        "rooms",
        sa.Column("code", sa.String(64), primary_key=True),
        sa.Column("used", sa.Float, nullable=False),
        sa.Column("content", sa.Text, nullable=False),
    )
    op.create_table(
        "moments",
        sa.Column("room", sa.String(64), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("content", sa.Text, nullable=False),
    )
    op.create_table(
        "class_digits",
        sa.Column("room", sa.String(64), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("visit", sa.String(64), nullable=False),
        sa.Column("content", sa.Text, nullable=False),
    )
    op.create_table(
        "class_sets",
        sa.Column("room", sa.String(64), primary_key=True),
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("content", sa.LargeBinary, nullable=False),
    )


def downgrade() -> None:
    """Take the tables away, and all that is in them."""
    for table in ("rooms", "moments", "class_digits", "class_sets"):
        op.drop_table(table)
