"""Takes messages from the window one by one into Qt's event loop and answers them."""

import os
import sys
import threading
import traceback
from collections import deque
from pathlib import Path

import protocol
from qgis.core import Qgis, QgsApplication
from qgis.PyQt.QtCore import QT_VERSION_STR, QObject, Qt, pyqtSignal
from session import Session


class Refused(Exception):
    """A request that cannot be done, with the JSON-RPC error code."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


class _Inbox(QObject):
    """Carries messages from the reading thread into the thread of Qt."""

    came = pyqtSignal(object)
    gone = pyqtSignal()


class Server:
    """One connection, one session of the map."""

    def __init__(self, connection, told):
        self.connection = connection
        self.resources = told["resources"]
        self.sending = threading.Lock()
        # Nothing of the user's QGIS is read or written: no plugins, no settings, no macros of projects.
        QgsApplication.setOrganizationName("jnw")
        QgsApplication.setApplicationName("jnw-mapengine")
        self.application = QgsApplication([], True, told["profile"], "external")
        self.application.initQgis()
        symbols = str(Path(self.resources) / "symbols")
        QgsApplication.setDefaultSvgPaths([symbols, *QgsApplication.svgPaths()])
        self.waiting = deque()
        self.handling = False
        self.inbox = _Inbox()
        self.inbox.came.connect(self.handle, Qt.ConnectionType.QueuedConnection)
        self.inbox.gone.connect(self.application.quit, Qt.ConnectionType.QueuedConnection)
        self.session = Session(self)
        self.methods = {"hello": self.hello, "ping": self.ping, "stop": self.stop, **self.session.methods()}

    def run(self):
        """Serve until told to stop or the window is gone."""
        threading.Thread(target=self.read, daemon=True).start()
        self.application.exec()
        self.session.close()
        sys.stdout.flush()
        sys.stderr.flush()
        # QGIS's own teardown order is not ours to get right; nothing here is to be saved.
        os._exit(0)

    def read(self):
        """The reading thread: every message goes to Qt's thread."""
        try:
            while True:
                self.inbox.came.emit(protocol.decode(self.connection.recv_bytes()))
        except (EOFError, OSError):
            self.inbox.gone.emit()

    def send(self, message):
        """Send one message; a window that is gone ends the process through the reading thread."""
        try:
            with self.sending:
                self.connection.send_bytes(protocol.encode(message))
        except OSError:
            self.inbox.gone.emit()

    def notify(self, method, **params):
        """Tell the window something it did not ask for."""
        self.send(protocol.notification(method, params))

    def handle(self, message):
        """Messages one after the other: what QGIS lets in while it works on one of them waits for its turn."""
        self.waiting.append(message)
        if self.handling:
            return
        self.handling = True
        try:
            while self.waiting:
                self.answer(self.waiting.popleft())
        finally:
            self.handling = False

    def answer(self, message):
        """One request or notification."""
        number = message.get("id")
        method = self.methods.get(message.get("method"))
        if method is None:
            self.refuse(number, protocol.METHOD_NOT_FOUND, "unknown method {}".format(message.get("method")))
            return
        try:
            value = method(**message.get("params", {}))
        except Refused as refused:
            self.refuse(number, refused.code, str(refused))
        except Exception as fault:  # noqa: BLE001 - the boundary: the fault travels to the window and its log
            traceback.print_exc()
            self.refuse(number, protocol.FAULT, "{}: {}".format(type(fault).__name__, fault))
        else:
            if number is not None:
                self.send(protocol.result(number, value))

    def refuse(self, number, code, text):
        """Answer a request with an error; a notification's fault is told as ``fault``."""
        if number is None:
            self.notify("fault", message=text)
        else:
            self.send(protocol.error(number, code, text))

    def hello(self, protocol_version):
        """The handshake."""
        if protocol_version != protocol.VERSION:
            text = "engine speaks protocol {}, window {}".format(protocol.VERSION, protocol_version)
            raise Refused(protocol.WRONG_PROTOCOL, text)
        from osgeo import gdal
        from qgis.core import QgsProjUtils

        return {
            "protocol": protocol.VERSION,
            "qgis": Qgis.version(),
            "qt": QT_VERSION_STR,
            "gdal": gdal.__version__,
            "proj": "{}.{}".format(QgsProjUtils.projVersionMajor(), QgsProjUtils.projVersionMinor()),
            "python": sys.version.split()[0],
            "pid": os.getpid(),
        }

    def ping(self):
        """The heartbeat: answered from Qt's thread, so a hung engine does not answer."""
        return True

    def stop(self):
        """End the process after the answer is sent."""
        self.inbox.gone.emit()
        return True
