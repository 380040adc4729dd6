"""What stands in the ground."""

# A workspace is opened with every table of the core declared.
from jnw_desktop.facilities import filtertable as filtertable
from jnw_desktop.facilities.calendar import model as calendar_model
from jnw_desktop.facilities.checks import model as model
from jnw_desktop.facilities.releases import model as releases_model

__all__ = ["calendar_model", "filtertable", "model", "releases_model"]
