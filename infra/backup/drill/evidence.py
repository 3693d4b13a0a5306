"""Drill reports as files that vouch for each other: each names the checksum of the one before it."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from infra.backup.drill.run import DrillReport
from infra.host.locks import host_lock

_FIRST = "0" * 64


def keep(report: DrillReport, folder: Path) -> Path:
    """Write the report behind the ones that are there; its path."""
    folder.mkdir(parents=True, exist_ok=True)
    with host_lock(f"evidence-{report.stack}", on_wait=lambda: None):
        kept = evidence_files(folder)
        content = asdict(report) | {
            "passed": report.passed,
            "number": len(kept) + 1,
            "previous": checksum(kept[-1]) if kept else _FIRST,
        }
        path = folder / f"{len(kept) + 1:06d}-{report.instance}.json"
        path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
        return path


def evidence_files(folder: Path) -> Sequence[Path]:
    """The reports in the order they were written."""
    return sorted(folder.glob("[0-9]*-*.json"))


def checksum(path: Path) -> str:
    """The file's SHA-256."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def broken_links(folder: Path) -> list[str]:
    """What is wrong with the chain: a removed, edited or foreign file shows in the one that follows it."""
    problems: list[str] = []
    previous = _FIRST
    for number, path in enumerate(evidence_files(folder), start=1):
        content = read_evidence(path)
        if content.get("number") != number:
            problems.append(f"{path.name}: expected number {number}, a report before it is missing")
        if content.get("previous") != previous:
            problems.append(f"{path.name}: the report before it was changed or removed")
        previous = checksum(path)
    return problems


def read_evidence(path: Path) -> dict[str, Any]:
    """The report, empty where it is no JSON any more."""
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        return {}
    return found
