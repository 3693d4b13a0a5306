"""Keep a drill's report behind the reports that are there."""

import json
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

from infra.backup.drill.report import DrillReport
from infra.backup.drill.signature import SigningKey
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
        content = asdict(report) | {
            "passed": report.passed,
            "number": len(chain) + 1,
            "previous": chain[-1].checksum if chain else FIRST,
        }
        path = folder / f"{len(chain) + 1:06d}-{report.instance}.json"
        path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
        if key:
            key.sign(path)
        return path
