"""The errors a user can read: what happened, and what to do about it."""

from __future__ import annotations


class JnwError(Exception):
    """A failure told to the user in the user's language.

    ``kind`` is a stable word for scripts (``--json`` prints it), ``message`` says what happened and ``hint`` what to
    do. ``exit_status`` is the command line's for this kind of failure: 1 fault, 2 usage, 3 refused.
    """

    kind = "fault"
    exit_status = 1

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __reduce__(self) -> tuple[object, ...]:
        return (type(self), (self.message, self.hint))


class ToldError(JnwError):
    """An error as another process told it: its ``kind``, its exit status and its words, without the class it was."""

    def __init__(self, message: str, hint: str, kind: str, exit_status: int) -> None:
        super().__init__(message, hint)
        self.kind = kind
        self.exit_status = exit_status

    def __reduce__(self) -> tuple[object, ...]:
        return (ToldError, (self.message, self.hint, self.kind, self.exit_status))


class UsageError(JnwError):
    """The request itself is wrong: an unknown name, an ambiguous code, a missing argument."""

    kind = "usage"
    exit_status = 2


class RefusedError(JnwError):
    """The input cannot be used; nothing was written. Subclasses name the reason in ``kind``."""

    kind = "refused"
    exit_status = 3
