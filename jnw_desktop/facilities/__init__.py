"""What stands in the ground."""

from jnw_desktop.facilities.checks import model as model  # a workspace is opened with every table of the core declared
