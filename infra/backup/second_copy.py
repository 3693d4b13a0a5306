"""An exported repository, as one-off containers beside an instance read it in the place of the object store's.

It is not copied: in the disaster for which it was made there may be no room for it twice.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from docker.errors import APIError
from docker.types import Mount

from infra.model.errors import ConfigurationError

_REPOSITORY = "/exported"
_SETTINGS = {"PGBACKREST_REPO1_TYPE": "posix", "PGBACKREST_REPO1_PATH": _REPOSITORY}
"""Over those of the instance's configuration, whose options of the store pgBackRest then passes over."""
IN_THE_STORE = " ".join(["env", *(f"--unset={name}" for name in _SETTINGS)])
"""Before a command that is to work on the store's repository all the same."""
_NO_SOURCE = "bind source path does not exist"


@dataclass(frozen=True)
class SecondCopy:
    """`folder` is what repositories were exported to, on the machine where the instance runs."""

    folder: Path
    instance: str

    @property
    def settings(self) -> dict[str, str]:
        """Of the containers' environment."""
        return dict(_SETTINGS)

    @property
    def mounts(self) -> list[Mount]:
        """Below the instance's own folder, which its owner only may enter: the engine has not got to enter it."""
        own = self.folder / self.instance
        return [
            Mount(f"{_REPOSITORY}/{part}", str(own / part), type="bind", read_only=True)
            for part in ("archive", "backup")
        ]

    @property
    def listing(self) -> str:
        """The command that shows what can be restored from it."""
        return f"aqdata backup list --from {self.folder}"

    @property
    def remedy(self) -> str:
        """What to look at when pgBackRest cannot read it."""
        own = self.folder / self.instance
        return (
            f"it is readable with the key that it was exported under, when no file is missing (`aqdata backup export`"
            f" adds them while the store is there), and when others may read it: chmod -R a+rX {own}/*"
        )

    @contextmanager
    def found(self) -> Iterator[None]:
        """Containers are started inside. Raises ConfigurationError where the folder is not there."""
        try:
            yield
        except APIError as error:
            if _NO_SOURCE not in str(error.explanation):
                raise
            raise ConfigurationError(
                f"--from {self.folder}: no repository of {self.instance} is there",
                "give the folder that `aqdata backup export --to` filled, on the machine where the instance runs",
            ) from error
