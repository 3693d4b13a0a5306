"""How long work tells what it is doing."""

from collections.abc import Callable

Progress = Callable[[str], None]
"""Takes one finished line of text; the command line adds the elapsed time and prints it to stderr."""


def silent(_line: str) -> None:
    """For callers that want no progress."""
