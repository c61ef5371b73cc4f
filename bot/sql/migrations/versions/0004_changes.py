"""Changes that stay: what a live request holds of its subject, and numbers that wait for approval."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

LIVE = sa.text("state != 'closed'")


def upgrade() -> None:
    op.create_table(
        "number_to_set",
        sa.Column("request_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["request_id"], ["request.id"], name="fk_number_to_set_request_id_request"),
        sa.PrimaryKeyConstraint("request_id", name="pk_number_to_set"),
    )
    op.add_column("request", sa.Column("slot", sa.String(), server_default=sa.text("''"), nullable=False))
    op.execute("update request set slot = case kind when 'suspend' then 'protection' else 'extension' end")
    op.drop_index("uq_request_live", "request")
    _one_live("slot")


def downgrade() -> None:
    op.drop_index("uq_request_live", "request")
    _one_live("kind")
    op.drop_column("request", "slot")
    op.drop_table("number_to_set")


def _one_live(of: str) -> None:
    op.create_index(
        "uq_request_live",
        "request",
        ["subject_id", of],
        unique=True,
        sqlite_where=LIVE,
        postgresql_where=LIVE,
    )
