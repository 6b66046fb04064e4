"""Which server trains a run, where several share a store."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Build the table."""
    op.create_table(
        "leases",
        sa.Column("token", sa.String(64), primary_key=True),
        sa.Column("server", sa.BigInteger, nullable=False),
        sa.Column("until", sa.Float, nullable=False),
        sa.Column("asked", sa.Boolean, nullable=False),
    )


def downgrade() -> None:
    """Take the table away."""
    op.drop_table("leases")
