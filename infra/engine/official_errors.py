"""What the Pulumi CLI's failures mean. It exits with 1 for most of them, so its words decide."""

from __future__ import annotations

import re

from pulumi.automation.errors import CommandError

from infra.model.errors import (
    AqdataError,
    AuthenticationError,
    Cancelled,
    ConfigurationError,
    ResourceError,
    StackNotFound,
    UnexpectedChanges,
)

MEANINGS: tuple[tuple[str, type[AqdataError], str], ...] = (
    ("no stack named", StackNotFound, "aqdata stack ls"),
    (
        "incorrect passphrase|passphrase must be set",
        AuthenticationError,
        "set PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE",
    ),
    ("no changes were expected|expect-no-changes", UnexpectedChanges, "aqdata preview shows them"),
    (
        "currently locked by",
        AqdataError,
        "wait for the other process to end; if it is surely gone: pulumi cancel",
    ),
    ("canceled", Cancelled, "run it again to go on"),
    ("could not find plugin|no resource plugin|failed to load plugin", AqdataError, "aqdata doctor"),
    ("failed to load project|invalid configuration|missing required configuration", ConfigurationError, ""),
)


def explain(error: CommandError) -> AqdataError:
    """The project's error for a failed command of the CLI."""
    text = str(error)
    for pattern, kind, hint in MEANINGS:
        if re.search(pattern, text):
            return kind(_message(text), hint)
    return ResourceError(_message(text), "correct the cause and run it again: what was done is saved")


def _message(text: str) -> str:
    """The CLI's own error lines, or the end of what it printed."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    errors = [line.split("error: ", 1)[1] for line in lines if "error: " in line]
    return "; ".join(dict.fromkeys(errors)) or " ".join(lines[-3:])
