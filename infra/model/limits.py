"""What a container may use and where it is published."""

from typing import Annotated

from pydantic import Field

from infra.model.declaration import Declaration
from infra.model.quantity import Bytes

Port = Annotated[int, Field(ge=1024, le=65535)]


class Limits(Declaration):
    """What a container may use."""

    memory: Bytes
    cpus: Annotated[float, Field(gt=0, le=64)]
    pids: Annotated[int, Field(ge=16)] = 512
