"""The map engine's process: ``python -I <this folder>`` under QGIS's own Python, told where to call by its input."""

import faulthandler
import importlib.util
import json
import os
import sys
from multiprocessing.connection import Client
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")


def load_protocol():
    """The protocol module of the folder above: one file serves both sides; no package of the program is imported."""
    spec = importlib.util.spec_from_file_location("protocol", Path(__file__).parent.parent / "protocol.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules["protocol"] = module
    spec.loader.exec_module(module)


def main():
    """Connect back, start QGIS, serve until the window says stop or is gone."""
    faulthandler.enable()  # a crash leaves its place in the log
    told = json.loads(sys.stdin.readline())
    connection = Client(told["address"], authkey=bytes.fromhex(told["key"]))
    load_protocol()
    from server import Server  # only now: it imports the protocol and, slowly, QGIS

    return Server(connection, told).run()


sys.exit(main())
