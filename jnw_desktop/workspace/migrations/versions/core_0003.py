"""The register of releases, the roles of recipients, filters saved under a name."""

import sqlalchemy as sa
from alembic import op

from jnw_desktop.workspace.tables import recorded_table

revision = "core_0003"
down_revision = "core_0002"
branch_labels = None
depends_on = None

RELEASED = (
    "what", "format", "title", "kinds", "facilities", "recipient", "role", "coordinates", "why", "file", "sha256",
)  # fmt: skip


def tables() -> list[sa.Table]:
    """The tables as this step makes them, whatever is declared today."""
    then = sa.MetaData()
    released = [sa.Column(name, sa.Integer if name == "facilities" else sa.Text) for name in RELEASED]
    recorded_table("release", *released, geometry="POLYGON", metadata=then)
    role = (sa.Column("coordinates", sa.Text), sa.Column("is_default", sa.Boolean))
    recorded_table("recipient_role", *role, geometry=None, metadata=then)
    kept = (sa.Column("kind", sa.Text), sa.Column("condition", sa.Text))
    recorded_table("saved_filter", *kept, geometry=None, metadata=then)
    return list(then.sorted_tables)


def upgrade() -> None:
    op.get_context().opts["home"].create_missing(op.get_bind(), tables())


def downgrade() -> None:
    """A backup is made before a step; there is no way back but that."""
