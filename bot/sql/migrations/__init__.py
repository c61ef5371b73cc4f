"""Alembic's migrations; ``run`` starts them from code, as an installed wheel has no ini file."""
