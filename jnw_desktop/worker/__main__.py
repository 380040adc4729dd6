"""The worker's process: told where to call on standard input, then serves until the window is gone."""

from __future__ import annotations

import json
import sys
from multiprocessing.connection import Client


def main() -> None:
    """Connect back and serve."""
    told = json.loads(sys.stdin.readline())
    connection = Client(told["address"], authkey=bytes.fromhex(told["key"]))
    # Only now: the window waits for the call, and the libraries take most of a second to import.
    from jnw_desktop import language
    from jnw_desktop.extension.registry import registry
    from jnw_desktop.worker.server import Server

    language.use(told["language"])
    registry()  # a workspace is opened with the tables of every plugin declared
    Server(connection).run()


if __name__ == "__main__":
    main()
