"""Where the data lives."""

from jnw_desktop.workspace.birth import restore
from jnw_desktop.workspace.change import Change, ChangeResult, Touched
from jnw_desktop.workspace.history import ChangeSet
from jnw_desktop.workspace.location import Location
from jnw_desktop.workspace.states import RowChange
from jnw_desktop.workspace.store import Workspace
from jnw_desktop.workspace.verify import Problem

__all__ = ["Change", "ChangeResult", "ChangeSet", "Location", "Problem", "RowChange", "Touched", "Workspace", "restore"]
