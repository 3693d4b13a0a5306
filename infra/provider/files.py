"""`aqstream:docker:Files`: configuration and secrets of a container, as files in a volume.

pulumi-docker's `uploads` replace the container with every change and always belong to root. Files in a volume
change in place, belong to the container's user, and their content is encrypted in the state.
"""

import io
import tarfile
import time
from collections.abc import Mapping
from contextlib import contextmanager, suppress
from http import HTTPStatus
from typing import Annotated, Any, ClassVar

from docker import DockerClient
from docker.errors import APIError, NotFound
from docker.models.containers import Container
from pydantic import Field

from infra.host.docker_api import engine
from infra.model.declaration import Declaration
from infra.provider.resource_type import Created, ResourceType, State

_FILE_MODE = 0o400
_HOLDS = "aqstream.holds"
"""Labels the container that a volume is written through."""
_FOLDER_MODE = 0o500
_MOUNT = "/files"


class Notify(Declaration):
    """A container that re-reads its files on a signal, if it is running."""

    container: str
    signal: str = "SIGHUP"


class FilesInputs(Declaration):
    """`files`: relative path -> text. `image`: any local image, for a container that is never started."""

    volume: str
    image: str
    files: dict[str, str]
    uid: Annotated[int, Field(ge=0)]
    gid: Annotated[int, Field(ge=0)]
    notify: Notify | None = None


class FilesType(ResourceType[FilesInputs]):
    """The id is the volume's name. Files belong to uid:gid with mode 0400; removed ones are emptied."""

    token = "aqstream:docker:Files"  # noqa: S105 a type's name
    inputs = FilesInputs
    replaced_by: ClassVar[frozenset[str]] = frozenset({"volume"})

    def create(self, inputs: FilesInputs) -> Created:
        _write(inputs, inputs.files)
        return Created(inputs.volume)

    def update(self, identifier: str, state: State, inputs: FilesInputs) -> State:
        gone = {path: "" for path in state["files"] if path not in inputs.files}
        _write(inputs, gone | inputs.files)
        if inputs.notify is not None:
            _signal(inputs.notify, inputs.volume)
        return {}

    def read(self, identifier: str, state: State, inputs: FilesInputs) -> State | None:
        with _mounted(inputs) as holder:
            found = {path: _content(holder, path) for path in inputs.files}
        return state | {"files": {path: text for path, text in found.items() if text is not None}}

    def delete(self, identifier: str, state: State) -> None:
        """The files go with their volume; what a killed run or engine left in its way goes now."""
        with engine(f"files of volume {identifier}", on=identifier) as client:
            _remove_left(client, identifier)


def _write(inputs: FilesInputs, files: Mapping[str, str]) -> None:
    with _mounted(inputs) as holder:
        holder.put_archive(_MOUNT, _archive(files, inputs.uid, inputs.gid))


@contextmanager
def _mounted(inputs: FilesInputs) -> Any:
    """A container that holds the volume and is never started."""
    with engine(f"files of volume {inputs.volume}", on=inputs.volume) as client:
        _remove_left(client, inputs.volume)
        holder = client.containers.create(
            inputs.image,
            command=["none"],
            network_mode="none",
            labels={_HOLDS: inputs.volume},
            volumes={inputs.volume: {"bind": _MOUNT, "mode": "rw"}},
        )
        try:
            yield holder
        finally:
            holder.remove(force=True)


def _remove_left(client: DockerClient, volume: str) -> None:
    """Holders of a run that was killed, in whatever state; of an engine that was killed they may be `dead`."""
    for left in client.containers.list(all=True, filters={"label": f"{_HOLDS}={volume}"}):
        with suppress(NotFound):
            left.remove(force=True)


def _archive(files: Mapping[str, str], uid: int, gid: int) -> bytes:
    folders = {parent for path in files for parent in _parents(path)}
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for folder in sorted(folders):
            entry = _entry(folder, _FOLDER_MODE, uid, gid)
            entry.type = tarfile.DIRTYPE
            archive.addfile(entry)
        for path, text in sorted(files.items()):
            content = text.encode()
            entry = _entry(path, _FILE_MODE, uid, gid)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


def _entry(path: str, mode: int, uid: int, gid: int) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(path)
    entry.mode, entry.uid, entry.gid = mode, uid, gid
    # PgBouncer reads a file again only if its time, size or inode is another one; the last two may be the same.
    entry.mtime = int(time.time())
    return entry


def _parents(path: str) -> list[str]:
    parts = path.split("/")[:-1]
    return ["/".join(parts[: end + 1]) for end in range(len(parts))]


def _content(holder: Container, path: str) -> str | None:
    try:
        stream, _ = holder.get_archive(f"{_MOUNT}/{path}")
    except NotFound:
        return None
    with tarfile.open(fileobj=io.BytesIO(b"".join(stream))) as archive:
        member = archive.extractfile(archive.getmembers()[0])
        return member.read().decode() if member else None


def _signal(notify: Notify, volume: str) -> None:
    with engine(f"container {notify.container}", on=volume) as client:
        try:
            client.containers.get(notify.container).kill(notify.signal)
        except NotFound:
            return
        except APIError as error:
            if error.status_code != HTTPStatus.CONFLICT:  # not running: it reads its files when it starts
                raise
