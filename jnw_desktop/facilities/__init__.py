"""What stands in the ground."""

# A workspace is opened with every table of the core declared.
from jnw_desktop.facilities import savedfilters as savedfilters
from jnw_desktop.facilities.checks import model as model
from jnw_desktop.facilities.releases import model as releases_model

__all__ = ["model", "releases_model", "savedfilters"]
