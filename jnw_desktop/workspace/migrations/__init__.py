"""Alembic steps that carry a workspace of an older version forward."""
