"""`aqstream:docker:PidsLimit`: the number of processes a container may have, which pulumi-docker cannot set."""

from typing import Annotated

from docker.errors import NotFound
from pydantic import Field

from infra.host.docker_api import engine
from infra.model.declaration import Declaration
from infra.provider.resource_type import Created, ResourceType, State


class PidsLimitInputs(Declaration):
    """`container`: its id; `pids`: processes and threads together."""

    container: str
    pids: Annotated[int, Field(ge=16)]


class PidsLimitType(ResourceType[PidsLimitInputs]):
    """Set through the engine's update call, so the container goes on running."""

    token = "aqstream:docker:PidsLimit"  # noqa: S105 a type's name
    inputs = PidsLimitInputs

    def create(self, inputs: PidsLimitInputs) -> Created:
        _apply(inputs)
        return Created(inputs.container)

    def update(self, identifier: str, state: State, inputs: PidsLimitInputs) -> State:
        _apply(inputs)
        return {}

    def read(self, identifier: str, state: State, inputs: PidsLimitInputs) -> State | None:
        with engine(_named(inputs), on=inputs.container) as client:
            try:
                container = client.containers.get(inputs.container)
            except NotFound:
                return None
            return state | {"pids": container.attrs["HostConfig"]["PidsLimit"] or 0}


def _apply(inputs: PidsLimitInputs) -> None:
    with engine(_named(inputs), on=inputs.container) as client:
        api = client.api
        response = api.post(
            f"{api.base_url}/v{api.api_version}/containers/{inputs.container}/update",
            json={"PidsLimit": inputs.pids},
            timeout=30,
        )
        response.raise_for_status()


def _named(inputs: PidsLimitInputs) -> str:
    return f"pids limit of container {inputs.container[:12]}"
