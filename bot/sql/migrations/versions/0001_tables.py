"""The first tables, and the triggers that keep the record append-only."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

START = "0" * 64
LIVE = sa.text("state != 'closed'")
TABLES = (
    "pulse",
    "delivery",
    "message",
    "refusal",
    "record_head",
    "record_line",
    "work",
    "request",
    "request_number",
)
SQLITE_GUARDS = {
    "record_line_update": "before update on record_line",
    "record_line_delete": "before delete on record_line",
    # INSERT OR REPLACE deletes without asking the trigger above.
    "record_line_insert": "before insert on record_line"
    " when exists (select 1 from record_line where seq = new.seq)",
}


def upgrade() -> None:
    _create_requests()
    _create_work()
    _create_record()
    _create_messages()
    _guard_record()


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("drop function record_is_append_only()")


def _time(name: str, *, null: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=null)


def _text(name: str, *, null: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.String(), nullable=null)


def _number(name: str, *, null: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.Integer(), nullable=null)


def _json(name: str, *, null: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.JSON(), nullable=null)


def _create_requests() -> None:
    op.create_table("request_number", _number("id"), sa.PrimaryKeyConstraint("id", name="pk_request_number"))
    op.create_table(
        "request",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        _number("version"),
        _text("kind"),
        _text("state"),
        _text("outcome", null=True),
        _text("subject_id"),
        _text("requester_id"),
        _number("extends", null=True),
        _number("needed"),
        _number("terms"),
        _time("created_at"),
        _time("lapses_at"),
        _time("confirmed_at", null=True),
        _time("ends_at", null=True),
        _time("closed_at", null=True),
        _text("prior", null=True),
        _text("restored_to", null=True),
        sa.Column("unconfirmed", sa.Boolean(), nullable=False),
        _json("action"),
        _json("subject"),
        _json("requester"),
        _json("briefing"),
        _json("approvals"),
        _json("closed_by", null=True),
        _json("reason"),
        _json("ticket"),
        _json("note"),
        sa.PrimaryKeyConstraint("id", name="pk_request"),
        sa.ForeignKeyConstraint(["extends"], ["request.id"], name="fk_request_extends_request"),
    )
    op.create_index(
        "uq_request_live",
        "request",
        ["subject_id", "kind"],
        unique=True,
        sqlite_where=LIVE,
        postgresql_where=LIVE,
    )
    op.create_index("ix_request_requester_id", "request", ["requester_id", "created_at"])
    op.create_index("ix_request_subject_id", "request", ["subject_id", "created_at"])
    op.create_index("ix_request_state", "request", ["state"])
    op.create_index("ix_request_extends", "request", ["extends"])


def _create_work() -> None:
    op.create_table(
        "work",
        _number("id"),
        _text("key"),
        _text("kind"),
        _number("request_id", null=True),
        _time("due_at"),
        _number("revision"),
        _text("audience", null=True),
        _text("about"),
        _json("notice", null=True),
        _text("lease", null=True),
        _time("lease_until", null=True),
        _text("leased_by", null=True),
        _number("leased_revision", null=True),
        _time("started_at", null=True),
        _number("attempts"),
        _json("last_error"),
        sa.PrimaryKeyConstraint("id", name="pk_work"),
        sa.UniqueConstraint("key", name="uq_work_key"),
        sa.ForeignKeyConstraint(["request_id"], ["request.id"], name="fk_work_request_id_request"),
    )
    op.create_index("ix_work_due_at", "work", ["due_at"])
    op.create_index("ix_work_request_id", "work", ["request_id"])


def _create_record() -> None:
    op.create_table(
        "record_line",
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        _time("at"),
        _text("text"),
        _text("previous"),
        _text("digest"),
        sa.PrimaryKeyConstraint("seq", name="pk_record_line"),
    )
    head = op.create_table(
        "record_head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        _number("seq"),
        _text("digest"),
        sa.PrimaryKeyConstraint("id", name="pk_record_head"),
        sa.CheckConstraint("id = 1", name="ck_record_head_one"),
    )
    op.bulk_insert(head, [{"id": 1, "seq": 0, "digest": START}])
    op.create_table(
        "refusal",
        _text("actor"),
        _text("rule"),
        _time("since", null=True),
        _number("held"),
        sa.PrimaryKeyConstraint("actor", "rule", name="pk_refusal"),
    )


def _create_messages() -> None:
    op.create_table(
        "message",
        sa.Column("request_id", sa.Integer(), autoincrement=False, nullable=False),
        _text("role"),
        _text("channel"),
        _text("ts"),
        _json("notice", null=True),
        sa.PrimaryKeyConstraint("request_id", "role", name="pk_message"),
        sa.ForeignKeyConstraint(["request_id"], ["request.id"], name="fk_message_request_id_request"),
    )
    op.create_table(
        "delivery",
        _text("digest"),
        _time("at"),
        sa.PrimaryKeyConstraint("digest", name="pk_delivery"),
    )
    op.create_index("ix_delivery_at", "delivery", ["at"])
    op.create_table(
        "pulse",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        _time("at"),
        sa.PrimaryKeyConstraint("id", name="pk_pulse"),
        sa.CheckConstraint("id = 1", name="ck_pulse_one"),
    )


def _guard_record() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "create function record_is_append_only() returns trigger language plpgsql as"
            " $$ begin raise exception 'the record is append-only'; end $$"
        )
        op.execute(
            "create trigger record_line_guard before update or delete or truncate on record_line"
            " for each statement execute function record_is_append_only()"
        )
        return
    for name, when in SQLITE_GUARDS.items():
        op.execute(
            f"create trigger {name} {when} begin select raise(abort, 'the record is append-only'); end"
        )
