"""The state's files, looked through for secrets that should be encrypted there."""

from collections.abc import Iterator
from pathlib import Path

from infra.model.errors import CannotCheck
from policies.facts.state_files import StateFile


def read_state_files(folder: Path, secrets: frozenset[str]) -> tuple[StateFile, ...]:
    """Every file below the state's folder, histories and backups too. Raises CannotCheck."""
    wanted = tuple(secret.encode() for secret in secrets if secret)
    try:
        return tuple(_read(path, folder, wanted) for path in _files(folder))
    except OSError as error:
        raise CannotCheck(f"{error.filename}: {error.strerror}", "run as the user who deploys") from error


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file())


def _read(path: Path, folder: Path, secrets: tuple[bytes, ...]) -> StateFile:
    content = path.read_bytes()
    return StateFile(
        path=str(path.relative_to(folder)),
        secrets=sum(secret in content for secret in secrets),
    )
