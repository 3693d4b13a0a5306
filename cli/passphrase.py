"""Where the passphrase of a stack's secrets comes from."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from pathlib import Path

from infra.model.errors import AuthenticationError

VARIABLES = ("PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE")
SECRET_BYTES = 32


def passphrase_source(environment: str) -> Callable[[], str] | None:
    """A source for development environments without a configured passphrase; None leaves it to the engine.

    Everything outside development needs a passphrase that somebody keeps: the engine asks for its variable.
    """
    if environment != "development" or any(variable in os.environ for variable in VARIABLES):
        return None
    return development_passphrase


def passphrase_file() -> Path:
    """Where this user's passphrase for development stacks is kept."""
    configuration = os.environ.get("XDG_CONFIG_HOME") or "~/.config"
    return Path(configuration).expanduser() / "aqdata" / "passphrase"


def development_passphrase() -> str:
    """This user's passphrase for development stacks, made when it is first needed; nobody else can read it."""
    path = passphrase_file()
    try:
        return _read(path)
    except FileNotFoundError:
        _make(path)
        return _read(path)


def _read(path: Path) -> str:
    try:
        phrase = path.read_text(encoding="utf-8").strip()
    except PermissionError:
        raise AuthenticationError(f"{path} cannot be read", f"sudo chown $USER {path}") from None
    if not phrase:
        raise AuthenticationError(f"{path} is empty", f"put the stacks' passphrase back into {path}")
    return phrase


def _make(path: Path) -> None:
    """Write it whole or not at all: two commands may need it at once."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(f"{secrets.token_urlsafe(SECRET_BYTES)}\n")
        _publish(draft, path)
    finally:
        draft.unlink()


def _publish(draft: Path, path: Path) -> None:
    try:
        path.hardlink_to(draft)
    except FileExistsError:
        return
