"""Keep a drill's report behind the reports that are there."""

import json
import time
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryFile

from infra.backup.drill.report import DrillReport
from infra.backup.drill.signature import SigningKey, signature_of
from infra.engine.embedded.files import write_atomically
from infra.host.locks import host_lock
from infra.model.errors import ConfigurationError, ResourceError
from infra.model.recovery.evidence import FIRST, Evidence, read_chain, seconds_of


def prepare(folder: Path) -> None:
    """Make the folder, and see that it takes a file. Raises ConfigurationError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise ConfigurationError(
            f"--evidence: {folder}: {error.strerror}", "give a folder that can be written"
        ) from error


def keep(report: DrillReport, folder: Path, key: SigningKey | None = None) -> Path:
    """Write the report, and its signature beside it; its path. Of two writers one waits for the other.

    Raises ResourceError where the disk refuses it.
    """
    try:
        return _keep(report, folder, key)
    except OSError as error:
        raise ResourceError(
            f"the report of {report.instance}'s drill is not kept: {folder}: {error.strerror or error}",
            "mend that and drill again",
        ) from error


def _keep(report: DrillReport, folder: Path, key: SigningKey | None) -> Path:
    with host_lock(f"evidence-{report.stack}", on_wait=lambda: None):
        chain = read_chain(folder)
        number = max((each.number for each in chain), default=0) + 1
        path = folder / f"{number:06d}-{report.instance}.json"
        content = _content(report, number, chain)
        if key:
            # First, so that no report of a signed chain is ever without it.
            write_atomically(signature_of(path), key.sign(content))
        write_atomically(path, content)
        return path


def _content(report: DrillReport, number: int, chain: Sequence[Evidence]) -> bytes:
    found = asdict(report) | {
        "passed": report.passed,
        "number": number,
        "kept": datetime.fromtimestamp(_kept(report, chain), UTC).isoformat(),
        "previous": chain[-1].checksum if chain else FIRST,
    }
    return (json.dumps(found, indent=2) + "\n").encode()


def _kept(report: DrillReport, chain: Sequence[Evidence]) -> int:
    """Now, unless the clock was put back since the report before it was kept, or since the drill ended."""
    return max(int(time.time()), seconds_of(report.finished), *(each.kept for each in chain[-1:]))
