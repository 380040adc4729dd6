"""What window and map engine say to each other. Imported by both sides: standard library only, Python 3.9 and later.

JSON-RPC 2.0 in UTF-8 over ``multiprocessing.connection``; the messages are listed in ``docs/architecture.md``.
Frames go through a memory-mapped file of two slots: the engine fills one, says ``frame``, and leaves it alone until the
window has said ``frame.done``.
"""

from __future__ import annotations

import json
import struct
from typing import Any, Dict, Optional

VERSION = 1

# JSON-RPC's own error codes, and ours from -32010 on.
METHOD_NOT_FOUND = -32601
INVALID_PARAMS = -32602
FAULT = -32603
WRONG_PROTOCOL = -32010
NOT_OPEN = -32011

SLOTS = 2
HEADER_BYTES = 4096  # of the frame file, one page: magic and the slots' size
BYTES_PER_PIXEL = 4  # ARGB32 premultiplied in native byte order, as QImage has it in Qt 5 and Qt 6
_HEADER = struct.Struct("<8sQ")
_MAGIC = b"JNWFRAME"


def encode(message: Dict[str, Any]) -> bytes:
    """A message as it travels."""
    return json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode("utf-8")


def decode(data: bytes) -> Dict[str, Any]:
    """A message that came; raises ValueError when it is not one."""
    message = json.loads(data.decode("utf-8"))
    if not isinstance(message, dict) or message.get("jsonrpc") != "2.0":
        raise ValueError("not a JSON-RPC 2.0 message")
    return message


def request(number: int, method: str, params: Dict[str, Any]) -> Dict[str, Any]:
    """A question that is answered under ``number``."""
    return {"jsonrpc": "2.0", "id": number, "method": method, "params": params}


def notification(method: str, params: Dict[str, Any]) -> Dict[str, Any]:
    """A message that is not answered."""
    return {"jsonrpc": "2.0", "method": method, "params": params}


def result(number: int, value: Any) -> Dict[str, Any]:
    """The answer to the question ``number``."""
    return {"jsonrpc": "2.0", "id": number, "result": value}


def error(number: Optional[int], code: int, message: str) -> Dict[str, Any]:
    """The refusal of the question ``number``."""
    return {"jsonrpc": "2.0", "id": number, "error": {"code": code, "message": message}}


def frame_file_size(slot_bytes: int) -> int:
    """Bytes of a frame file whose slots hold ``slot_bytes`` each."""
    return HEADER_BYTES + SLOTS * slot_bytes


def frame_header(slot_bytes: int) -> bytes:
    """The beginning of a frame file."""
    return _HEADER.pack(_MAGIC, slot_bytes)


def slot_bytes_of(head: bytes) -> int:
    """The slots' size a frame file states; raises ValueError when it is none."""
    magic, size = _HEADER.unpack_from(head)
    if magic != _MAGIC:
        raise ValueError("not a frame file")
    return int(size)


def slot_offset(slot: int, slot_bytes: int) -> int:
    """Where a slot begins in the file."""
    return HEADER_BYTES + slot * slot_bytes
