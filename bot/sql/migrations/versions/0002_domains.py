"""What was last seen of the domains, and what is still to be told of them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "watched_domain",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("seen", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_watched_domain"),
    )
    op.create_table(
        "domain_news",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("turn", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_domain_news"),
    )


def downgrade() -> None:
    op.drop_table("domain_news")
    op.drop_table("watched_domain")
