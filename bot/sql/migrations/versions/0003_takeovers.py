"""Whether work was taken over, and indexes that stay quick however much is closed or due."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

LIVE = sa.text("state != 'closed'")


def upgrade() -> None:
    op.add_column("work", sa.Column("taken_over", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.drop_index("ix_work_due_at", "work")
    op.create_index("ix_work_kind", "work", ["kind", "due_at"])
    op.create_index("ix_request_live", "request", ["requester_id"], sqlite_where=LIVE, postgresql_where=LIVE)
    if op.get_bind().dialect.name == "postgresql":
        # A claim rewrites its row: where there is room on its page, no index has to follow.
        op.execute("alter table work set (fillfactor = 50)")


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("alter table work reset (fillfactor)")
    op.drop_index("ix_request_live", "request")
    op.drop_index("ix_work_kind", "work")
    op.create_index("ix_work_due_at", "work", ["due_at"])
    op.drop_column("work", "taken_over")
