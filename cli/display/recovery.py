"""Repositories and recovery windows as tables, as JSON and as an SVG timeline."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.table import Table

from cli.display.quantities import duration, iso, moment, size
from infra.model.recovery.repository import Backup, Repository
from infra.model.recovery.window import Gap, RecoveryWindow, Span


def backup_table(repositories: Mapping[str, Repository]) -> Table:
    """Every backup of every instance, oldest first."""
    table = _table("instance", "backup", "type", "finished", "took", "database", "stored", "state")
    for instance, repository in repositories.items():
        for backup, is_former in _every(repository):
            table.add_row(instance, *_backup_cells(backup, is_former=is_former))
        if not repository.backups:
            table.add_row(instance, "none", "", "", "", "", "", repository.message)
    return table


def _every(repository: Repository) -> Iterator[tuple[Backup, bool]]:
    """Backups, and whether they are of a former cluster; those first."""
    for former in reversed(repository.former):
        yield from ((backup, True) for backup in former.backups)
    yield from ((backup, False) for backup in repository.backups)


def _backup_cells(backup: Backup, *, is_former: bool) -> tuple[str, ...]:
    state = "page errors" if backup.has_error else "of a former cluster" if is_former else "ok"
    took = duration(backup.stop - backup.start)
    return (backup.label, backup.kind, moment(backup.stop), took, size(backup.size), size(backup.stored), state)


def backup_json(repositories: Mapping[str, Repository]) -> list[dict[str, Any]]:
    """The same for machines."""
    return [
        {
            "instance": instance,
            "label": backup.label,
            "type": backup.kind,
            "started": iso(backup.start),
            "finished": iso(backup.stop),
            "databaseBytes": backup.size,
            "storedBytes": backup.stored,
            "hasError": backup.has_error,
            "isOfFormerCluster": is_former,
        }
        for instance, repository in repositories.items()
        for backup, is_former in _every(repository)
    ]


def window_table(windows: Mapping[str, RecoveryWindow]) -> Table:
    """From when to when each instance can be restored to any moment."""
    table = _table("instance", "earliest", "latest", "window", "fulls", "gaps in WAL")
    for instance, window in windows.items():
        fulls = _fulls_text([span for span in window.spans if span.backup.is_full])
        broken = (f"{backup.label} lacks WAL of its own" for backup in window.broken)
        gaps = "; ".join([*map(_gap_text, window.gaps), *broken]) or "none"
        earliest, latest = moment(window.earliest), moment(window.latest)
        table.add_row(instance, earliest, latest, duration(window.seconds), fulls, gaps)
    return table


def _fulls_text(spans: Sequence[Span]) -> str:
    """How many, from when to when, and how many of them lead to any later moment too."""
    found = {span.backup.label: span.backup.stop for span in spans}
    if not found:
        return "none"
    days = sorted({moment(each)[:_DATE] for each in found.values()})
    followed = {span.backup.label for span in spans if not span.is_point}
    return f"{len(found)} of {' to '.join(dict.fromkeys((days[0], days[-1])))}, {len(followed)} with WAL after them"


def _gap_text(gap: Gap) -> str:
    return f"{gap.count} segments after {moment(gap.after)} ({gap.first.name})"


def window_json(windows: Mapping[str, RecoveryWindow]) -> list[dict[str, Any]]:
    """The same for machines, with every span and gap."""
    return [_window_members(instance, window) for instance, window in windows.items()]


def _window_members(instance: str, window: RecoveryWindow) -> dict[str, Any]:
    return {
        "instance": instance,
        "earliest": iso(window.earliest),
        "latest": iso(window.latest),
        "seconds": window.seconds,
        "spans": [
            {
                "backup": span.backup.label,
                "type": span.backup.kind,
                "timeline": span.timeline,
                "earliest": iso(span.earliest),
                "latest": iso(span.latest),
            }
            for span in window.spans
        ],
        "gaps": [
            {
                "first": gap.first.name,
                "last": gap.last.name,
                "segments": gap.count,
                "after": iso(gap.after),
                "before": iso(gap.before),
            }
            for gap in window.gaps
        ],
        "broken": [backup.label for backup in window.broken],
    }


_DATE = len("2026-03-01")


def _table(*headings: str) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0))
    for heading in headings:
        table.add_column(heading)
    return table
