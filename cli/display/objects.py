"""What has become of objects since a moment, as a table and as JSON."""

from collections.abc import Iterable
from typing import Any

from rich.table import Table

from cli.display.quantities import iso, moment, size
from infra.object_history import Change


def change_table(changes: Iterable[Change]) -> Table:
    """One line for each object."""
    table = Table(box=None, padding=(0, 2, 0, 0))
    for heading in ("object", "since then", "written", "size", "now"):
        table.add_column(heading, overflow="fold")
    for change in changes:
        written, then = (moment(int(change.then.written)), size(change.then.size)) if change.then else ("", "")
        table.add_row(change.key, change.state, written, then, size(change.now.size) if change.now else "")
    return table


def change_json(changes: Iterable[Change]) -> list[dict[str, Any]]:
    """The same for machines."""
    return [
        {
            "object": change.key,
            "state": change.state,
            "version": change.then.identifier if change.then else None,
            "written": iso(int(change.then.written)) if change.then else None,
            "bytes": change.then.size if change.then else None,
        }
        for change in changes
    ]
