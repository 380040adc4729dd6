"""What is kept of every guide: the site, the file, the version of each facility it showed; and in whose name."""

from __future__ import annotations

import sqlalchemy as sa

from jnw_desktop.workspace.tables import recorded_table

# ``shown``: JSON {kind: {uid: version}}; ``content``: JSON of what it tells (``record.py``), ``mark`` its SHA-256;
# ``sha256`` of the file as it was written; ``withdrawn``: when, else null; ``replaces``: uid of the earlier guide;
# ``valid_until``: the last day it holds, else null where it was issued by a version that set none.
GUIDE = recorded_table(
    "guide",
    sa.Column("site", sa.Text, info={"stands_while": "withdrawn"}),
    sa.Column("issued", sa.Text),
    sa.Column("edition", sa.Text),
    sa.Column("pages", sa.Integer),
    sa.Column("sha256", sa.Text),
    sa.Column("shown", sa.Text),
    sa.Column("withdrawn", sa.Text),
    sa.Column("withdrawn_why", sa.Text),
    sa.Column("content", sa.Text),
    sa.Column("mark", sa.Text),
    sa.Column("replaces", sa.Text),
    sa.Column("valid_until", sa.Text),
    geometry=None,
    code_prefix="JD",
    indexed=("site",),
)

# The company in whose name guides are issued: one row, whose code is :data:`OURS`.
COMPANY = recorded_table(
    "guide_company",
    sa.Column("name", sa.Text),
    sa.Column("department", sa.Text),
    sa.Column("phone", sa.Text),
    sa.Column("address", sa.Text),
    geometry=None,
)
OURS = "company"

# What happens with a site beside its guides, a row each: ``step`` is a key of ``process.STEPS``, ``day`` it happened,
# ``told`` JSON of its details, ``settled``: what became of a deviation that a trial pit showed.
STEP = recorded_table(
    "guide_step",
    sa.Column("site", sa.Text, info={"stands_while": "settled"}),
    sa.Column("guide", sa.Text),
    sa.Column("step", sa.Text),
    sa.Column("day", sa.Text),
    sa.Column("told", sa.Text),
    sa.Column("settled", sa.Text),
    geometry=None,
    code_prefix="JDS",
    indexed=("site",),
)
