"""Failures that are known already, from an earlier JSON report."""

import json
from pathlib import Path

from infra.model.errors import ConfigurationError


def read_baseline(path: Path) -> tuple[str, ...]:
    """The fingerprints of the report's findings. Raises ConfigurationError where it is no such report."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        return tuple(f"{found['rule']} {found['plane']} {found['object']}" for found in document["findings"])
    except OSError as error:
        raise ConfigurationError(f"--baseline: {path}: {error.strerror}", "give a report of --format json") from error
    except (ValueError, KeyError, TypeError) as error:
        raise ConfigurationError(f"--baseline: {path} is no JSON report", "give a report of --format json") from error
