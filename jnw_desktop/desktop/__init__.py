"""The window."""

import ctypes
import sys

import PySide6

if sys.version_info < (3, 12) and PySide6.__version_info__[:3] == (6, 12, 0):
    # PySide 6.12.0 gives away a reference of True at every emit of a signal, and of None. From Python 3.12 on both are
    # immortal; before, some hundred emits ended the process ("bool_dealloc", "none_dealloc"). They get more references
    # than a session can use. 6.11 has no wheel of QtPdf without WebEngine, so an older PySide is no way out.
    for shared in (True, None):
        ctypes.c_ssize_t.from_address(id(shared)).value += 1 << 40
