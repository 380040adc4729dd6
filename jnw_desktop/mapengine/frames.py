"""The window's side of the frame file: makes it, and gives a finished frame's bytes without copying."""

from __future__ import annotations

import mmap
import tempfile
from pathlib import Path

from jnw_desktop.mapengine import protocol


class FrameBuffer:
    """A memory-mapped file of two slots, each large enough for ``width`` × ``height`` physical pixels."""

    def __init__(self, folder: Path, width: int, height: int) -> None:
        self.slot_bytes = width * height * protocol.BYTES_PER_PIXEL
        with tempfile.NamedTemporaryFile(dir=folder, prefix="frames-", delete=False) as file:
            file.write(protocol.frame_header(self.slot_bytes))
            file.truncate(protocol.frame_file_size(self.slot_bytes))
            file.flush()
            self.path = Path(file.name)
            self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)

    def holds(self, width: int, height: int) -> bool:
        """Whether a frame of that size fits."""
        return width * height * protocol.BYTES_PER_PIXEL <= self.slot_bytes

    def view(self, slot: int, size: int) -> memoryview:
        """The first ``size`` bytes of a slot; valid until ``frame.done`` is said for it."""
        start = protocol.slot_offset(slot, self.slot_bytes)
        return memoryview(self._map)[start : start + size]

    def close(self) -> None:
        """Take the file away; a view that is still held keeps its memory."""
        self.path.unlink(missing_ok=True)
