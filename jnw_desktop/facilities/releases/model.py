"""The tables of releases: what left the house, and how exactly each role is told where things lie."""

import sqlalchemy as sa

from jnw_desktop.workspace.tables import recorded_table

# One row for each thing that left: an export, a print, a copy. Who and when are told by the change set it was born in.
# ``kinds``: JSON {kind: facilities}. ``coordinates``: as they were told ("exact", "hidden", "10" for 10 m).
# ``sha256``: of the file; of several, of the lines "SHA-256  name" by name. ``geom``: the area it shows.
RELEASE = recorded_table(
    "release",
    sa.Column("what", sa.Text),
    sa.Column("format", sa.Text),
    sa.Column("title", sa.Text),
    sa.Column("kinds", sa.Text),
    sa.Column("facilities", sa.Integer),
    sa.Column("recipient", sa.Text),
    sa.Column("role", sa.Text),
    sa.Column("coordinates", sa.Text),
    sa.Column("why", sa.Text),
    sa.Column("file", sa.Text),
    sa.Column("sha256", sa.Text),
    geometry="POLYGON",
    code_prefix="R",
)

# A role a recipient may have, named by its code; ``coordinates`` as above. One of them may be what is taken where no
# role is named.
RECIPIENT_ROLE = recorded_table(
    "recipient_role",
    sa.Column("coordinates", sa.Text),
    sa.Column("is_default", sa.Boolean),
    geometry=None,
    code_prefix="ROLE",
)
