"""What an instance is restored to: the newest state, a backup's own, a named point, or a moment."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from infra.model.errors import ConfigurationError

Kind = Literal["latest", "backup", "name", "time"]
_HINT = "give latest, backup:LABEL, name:RESTORE_POINT or a time such as 2026-03-01T12:00:00Z"
_NAME = re.compile(r"[\w.:@ -]{1,63}")


@dataclass(frozen=True)
class Target:
    """`text` is the backup's label, the restore point's name, or the moment as the user wrote it."""

    kind: Kind
    text: str = ""
    moment: datetime | None = None

    @property
    def seconds(self) -> int:
        """The moment in whole seconds since 1970, 0 where there is none."""
        return int(self.moment.timestamp()) if self.moment else 0

    def __str__(self) -> str:
        return self.kind if self.kind == "latest" else f"{self.kind} {self.text}"


def parse_target(text: str) -> Target:
    """Raises ConfigurationError for what is none of the four forms; a time without a zone is UTC."""
    kind, _, rest = text.partition(":")
    if text == "latest":
        return Target("latest")
    if kind == "backup" and rest:
        return Target("backup", rest)
    if kind == "name" and _NAME.fullmatch(rest):
        return Target("name", rest)
    try:
        moment = datetime.fromisoformat(text)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        in_utc = moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise ConfigurationError(f"--to: '{text}' is no target of a restore", _HINT) from None
    return Target("time", in_utc.isoformat(timespec="microseconds"), moment)
