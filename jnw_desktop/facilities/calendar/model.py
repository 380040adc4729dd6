"""The table of years whose public holidays somebody entered."""

import sqlalchemy as sa

from jnw_desktop.workspace.tables import recorded_table

# One row for each year, named by it ("2027"), as the announcement that comes once a year. ``off``: days off,
# ``worked``: days of a weekend worked in their place; both days and spans (``2027-01-01/2027-01-03 2027-04-05``).
CALENDAR_YEAR = recorded_table(
    "calendar_year",
    sa.Column("off", sa.Text),
    sa.Column("worked", sa.Text),
    sa.Column("source", sa.Text),
    sa.Column("verified", sa.Boolean),
    geometry=None,
    code_prefix="RL",
)
