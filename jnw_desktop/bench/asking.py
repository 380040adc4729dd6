"""Asks the worker as the window does, and waits."""

from __future__ import annotations

import queue
import time
from typing import Any

from jnw_desktop.worker.client import WorkerClient

PATIENCE_S = 60.0


def asked_of(worker: WorkerClient, operation: str, **values: Any) -> Any:
    """The answer of the worker. Raises what the operation refused."""
    answers: queue.SimpleQueue[tuple[Any, Exception | None]] = queue.SimpleQueue()
    worker.submit(operation, on_done=lambda value, error: answers.put((value, error)), **values)
    value, error = answers.get(timeout=PATIENCE_S)
    if error is not None:
        raise error
    return value


def timed(worker: WorkerClient, operation: str, **values: Any) -> float:
    """Seconds from asking to the answer."""
    began = time.perf_counter()
    asked_of(worker, operation, **values)
    return time.perf_counter() - began
