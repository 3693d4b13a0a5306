"""What runs beside an instance's server to back it up, as its container shows it in one command."""

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

Commands = Callable[[list[str]], str]
# A scheduler whose table was just replaced may end, and is started again ten seconds later.
_BESIDE_THE_SERVER = """
echo waiting=$(ls /var/lib/postgresql/data/pg_wal/archive_status | grep -c '[.]ready$')
echo stopped=$(ls /tmp/pgbackrest | grep -c '[.]stop$')
echo disk=$(df --block-size=1 --output=size,avail /var/lib/postgresql | tail -n 1)
for second in 1 2 3 4 5 6 7 8 9 10 11 12; do
  scheduler=$(ps -C supercronic -o stat=) && break
  sleep 1
done
echo scheduler=$scheduler
echo "crontab=$(grep -v '^#' /etc/aqstream/crontab | tr '\\n' '|')"
"""


def beside_the_server(run: Commands) -> dict[str, Any]:
    """The fields of InstanceBackups that one command gives; None for what it did not say."""
    lines = (line.partition("=") for line in run(["sh", "-c", _BESIDE_THE_SERVER]).splitlines())
    said = {name: value for name, _, value in lines}
    stops = _number(said.get("stopped"))
    return {
        "waiting": _number(said.get("waiting")),
        "disk": _disk(said.get("disk", "")),
        "is_stopped": None if stops is None else stops > 0,
        "scheduler": _words(said.get("scheduler"), None),
        "crontab": _words(said.get("crontab"), "|"),
    }


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isdigit() else None


def _disk(text: str) -> tuple[int, int] | None:
    match text.split():
        case [size, free] if size.isdigit() and free.isdigit():
            return int(size), int(free)
    return None


def _words(text: str | None, separator: str | None) -> tuple[str, ...] | None:
    return None if text is None else tuple(word for word in text.split(separator) if word)


def stored_bytes(listing: Mapping[str, Mapping[str, Any]]) -> dict[str, int]:
    """Bytes by backup, from what lies in the stanza's folder; pgBackRest counts no manifests, so neither do we."""
    sizes: Counter[str] = Counter()
    for path, entry in listing.items():
        label, _, name = path.partition("/")
        if name and not name.startswith("backup.manifest"):
            sizes[label] += int(entry.get("size", 0))
    return dict(sizes)
