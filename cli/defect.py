"""Keep what a developer needs of an error nobody foresaw, off the screen."""

import os
import traceback
from datetime import UTC, datetime
from pathlib import Path


def record_defect(error: BaseException) -> Path:
    """Write the traceback to a file that only its owner reads, and return the file's path."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "aqdata" / "defects"
    cache.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = cache / f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{os.getpid()}.txt"
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.writelines(traceback.format_exception(error))
    return path
