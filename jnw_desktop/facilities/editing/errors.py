"""Why an edit is refused."""

from __future__ import annotations

from jnw_desktop.errors import RefusedError


class ConnectionRefused(RefusedError):
    """The edit would leave a pipe's end in the air, or join what cannot be joined."""

    kind = "connection_refused"


class PipesDiffer(ConnectionRefused):
    """Two pipes that are to be joined are not alike; joined they can be when it is meant."""

    kind = "pipes_differ"


class ShapeRefused(RefusedError):
    """A line or place that an edit cannot use: no length, off the pipe, too near its end."""

    kind = "shape_refused"


class StillNamed(RefusedError):
    """Other facilities refer to the one that is to go."""

    kind = "still_named"


class StateRefused(RefusedError):
    """The lifecycle state does not go with what is joined to the facility."""

    kind = "state_refused"
