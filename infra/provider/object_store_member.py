"""`aqstream:s3:Member`: a node of a distributed store that is back before the next one is taken down."""

from collections.abc import Sequence
from typing import ClassVar

from infra.backup.container import Ended, execute
from infra.host.docker_api import container_exists
from infra.model.declaration import Declaration
from infra.model.errors import ResourceError
from infra.provider.resource_type import Created, ResourceType
from infra.waiting import await_so

_BACK_SECONDS = 120.0
_POLL_SECONDS = 0.25
_HEALTH = "https://localhost:9000/minio/health/"
_ASK = ("curl", "--silent", "--fail", "--max-time", "5", "--cacert", "/etc/aqstream/certs/CAs/authority.crt")
_PROGRAM = ("sha256sum", "/usr/local/bin/minio")


class StoreMemberInputs(Declaration):
    """`containers`: those of all nodes, this one's first; `containerId` changes with it.

    `following`: the containers of the nodes that are renewed after it.
    """

    containers: tuple[str, ...]
    container_id: str
    following: tuple[str, ...]


class StoreMemberType(ResourceType[StoreMemberInputs]):
    """Created, it waits until the store can spare the next node; so an `up` renews nodes one after another.

    Where those that follow are not there yet, all start side by side: a store serves when most of them run.
    """

    token = "aqstream:s3:Member"  # noqa: S105 a type's name
    inputs = StoreMemberInputs
    replaced_by: ClassVar[frozenset[str]] = frozenset({"containerId"})

    def create(self, inputs: StoreMemberInputs) -> Created:
        own, following = inputs.containers[0], inputs.following[0]
        if container_exists(following) and _serves(following) and _are_alike(own, following):
            await_so(
                lambda: all(map(_can_be_spared, inputs.containers)),
                _BACK_SECONDS,
                f"{own} is not back in the object store, which cannot spare {following}",
                hint=f"docker logs {own}; for any other that is away: aqdata up --target '**Container::NODE'",
                every=_POLL_SECONDS,
            )
        return Created(own)


def _serves(container: str) -> bool:
    """Whether anything is lost when it is taken down."""
    return _ended_well(container, [*_ASK, f"{_HEALTH}live"])


def _can_be_spared(container: str) -> bool:
    """Whether its server says that the others are there, whole and enough without it."""
    return _ended_well(container, [*_ASK, f"{_HEALTH}cluster?maintenance=true"])


def _are_alike(*containers: str) -> bool:
    """Whether they run one program: MinIO joins no server whose program has another checksum than its own."""
    return len({_attempt(container, _PROGRAM).output for container in containers}) == 1


def _ended_well(container: str, command: Sequence[str]) -> bool:
    return not _attempt(container, command).code


def _attempt(container: str, command: Sequence[str]) -> Ended:
    try:
        return execute(container, command)
    except ResourceError as error:
        return Ended(1, "", error.message)
