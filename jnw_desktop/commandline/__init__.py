"""The command line: every job of the desktop with no window."""
