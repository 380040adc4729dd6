"""The window."""

import ctypes
import sys

import PySide6

if sys.version_info < (3, 12) and PySide6.__version_info__[:3] == (6, 12, 0):
    # PySide 6.12.0 gives away a reference of True at every emit of a signal. From Python 3.12 on True is immortal;
    # before, some hundred emits ended the process ("bool_dealloc"). True gets more references than a session can use.
    # 6.11 has no wheel of QtPdf without WebEngine, so an older PySide is no way out.
    ctypes.c_ssize_t.from_address(id(True)).value += 1 << 40
