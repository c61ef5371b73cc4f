"""The database: one store over SQLite and PostgreSQL.

``engine`` opens it, ``store`` hands out transactions (``approvals.ports.Store``), ``schema``
tells which version it is and brings it up to date. Locks are taken in one order everywhere:
a request's row, then work, then the record's head.
"""
