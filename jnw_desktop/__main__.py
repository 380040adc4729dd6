"""``jnw``: opens the desktop, or does one job without a window."""

from __future__ import annotations

from jnw_desktop.commandline.program import run


def main() -> None:
    """The program's entry point."""
    run()


if __name__ == "__main__":
    main()
