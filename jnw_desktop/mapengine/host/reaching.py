"""Tile services that do not answer: given up soon and left out for a while, so that the network is drawn; told once."""

import time

from qgis.core import (
    QgsNetworkAccessManager,
    QgsNetworkReplyContent,
    QgsNetworkRequestParameters,
    QgsSettings,
)
from qgis.PyQt.QtCore import QUrl
from qgis.PyQt.QtNetwork import QNetworkReply

PATIENCE_MS = 4000  # for a tile; QGIS waits a minute
LEFT_OUT_S = 60.0  # then a service is tried again
_ERRORS = QNetworkReply.NetworkError
LOST = (
    _ERRORS.ConnectionRefusedError,
    _ERRORS.HostNotFoundError,
    _ERRORS.TimeoutError,
    _ERRORS.NetworkSessionFailedError,
    _ERRORS.TemporaryNetworkFailureError,
    _ERRORS.UnknownNetworkError,
)


class Reaching:
    """Watches every request of this process; ``lost(host)`` is called when a host is found not to answer."""

    def __init__(self, lost):
        self.lost = lost
        self.since = {}
        QgsNetworkAccessManager.setTimeout(PATIENCE_MS)
        QgsSettings().setValue("qgis/defaultTileMaxRetry", 0)  # of this process's own profile
        manager = QgsNetworkAccessManager.instance()
        manager.requestTimedOut[QgsNetworkRequestParameters].connect(self.timed_out)
        manager.finished[QgsNetworkReplyContent].connect(self.ended)

    def timed_out(self, asked):
        """No answer in time."""
        self.missed(asked.request().url().host())

    def ended(self, reply):
        """A reply came, or the host could not be reached."""
        host = reply.request().url().host()
        if reply.error() in LOST:
            self.missed(host)
        elif reply.error() == _ERRORS.NoError:
            self.since.pop(host, None)

    def missed(self, host):
        """Leave the host out from now on, and say so once."""
        fresh = not self.is_lost(host)
        self.since[host] = time.monotonic()
        if host and fresh:
            self.lost(host)

    def is_lost(self, host):
        """Whether a host did not answer in the last while."""
        return time.monotonic() - self.since.get(host, -LEFT_OUT_S) < LEFT_OUT_S

    def answers(self, spec):
        """Whether a layer can be drawn now: all but tiles of a host that is lost."""
        url = spec["source"].get("url", "")
        return not url or not self.is_lost(QUrl(url).host())
