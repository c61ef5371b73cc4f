"""Access passes: no table changes, but rows may hold requests that older versions cannot read."""

from __future__ import annotations

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
