"""Keep a drill's report behind the reports that are there."""

import json
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

from infra.backup.drill.report import DrillReport
from infra.backup.drill.signature import SigningKey, signature_of
from infra.engine.embedded.files import write_atomically
from infra.host.locks import host_lock
from infra.model.recovery.evidence import FIRST, read_chain


def keep_all(reports: Iterable[DrillReport], folder: Path, key: SigningKey | None = None) -> None:
    """Write them in the order in which they ended: the chain's times never go back."""
    for report in sorted(reports, key=lambda each: each.finished):
        keep(report, folder, key)


def keep(report: DrillReport, folder: Path, key: SigningKey | None = None) -> Path:
    """Write the report, and its signature beside it; its path. Of two writers one waits for the other."""
    folder.mkdir(parents=True, exist_ok=True)
    with host_lock(f"evidence-{report.stack}", on_wait=lambda: None):
        chain = read_chain(folder)
        number = max((each.number for each in chain), default=0) + 1
        path = folder / f"{number:06d}-{report.instance}.json"
        content = _content(report, number, chain[-1].checksum if chain else FIRST)
        if key:
            # First, so that no report of a signed chain is ever without it.
            write_atomically(signature_of(path), key.sign(content))
        write_atomically(path, content)
        return path


def _content(report: DrillReport, number: int, previous: str) -> bytes:
    found = asdict(report) | {"passed": report.passed, "number": number, "previous": previous}
    return (json.dumps(found, indent=2) + "\n").encode()
