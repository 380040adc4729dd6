"""What can be wrong with the map engine, told with what to do."""

from __future__ import annotations

from jnw_desktop.errors import JnwError, RefusedError


class NoQgis(RefusedError):
    """No Python with PyQGIS 3.40 or later was found on this machine."""

    kind = "no_qgis"


class EngineProtocolError(RefusedError):
    """The engine speaks another version of the protocol."""

    kind = "engine_protocol"


class EngineFailed(JnwError):
    """The engine did not start, died, or refused a request."""

    kind = "engine_failed"


class EngineGaveUp(EngineFailed):
    """The engine died too often; it is not started again by itself."""

    kind = "engine_gave_up"
