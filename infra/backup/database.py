"""One database of a server in a container."""

from dataclasses import dataclass

from infra.backup.restore.recovery import query


@dataclass(frozen=True)
class Database:
    """By its container and its own name."""

    container: str
    name: str

    def query(self, statement: str) -> list[str]:
        """The lines that psql prints, as the superuser. Raises ResourceError."""
        return [line for line in query(self.container, self.name, statement).splitlines() if line]
