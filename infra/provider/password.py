"""`aqstream:secret:Password`: random, kept encrypted in the state, nowhere else."""

import secrets
import string
from typing import Annotated, ClassVar

from pydantic import Field

from infra.model.declaration import Declaration
from infra.provider.resource_type import Created, ResourceType, State

_ALPHABET = string.ascii_letters + string.digits


class PasswordInputs(Declaration):
    """`length` in characters (log2(62) = 5.95 bits each); a higher `generation` makes another password."""

    length: Annotated[int, Field(ge=16, le=128)] = 40
    generation: int = 1


class PasswordType(ResourceType[PasswordInputs]):
    """Outputs: `result`, letters and digits only, so that it needs no quoting in any configuration file."""

    token = "aqstream:secret:Password"  # noqa: S105 a type's name
    inputs = PasswordInputs
    computed: ClassVar[frozenset[str]] = frozenset({"result"})
    renewed: ClassVar[frozenset[str]] = frozenset({"result"})
    secret: ClassVar[frozenset[str]] = frozenset({"result"})

    def create(self, inputs: PasswordInputs) -> Created:
        return Created("generated", {"result": generate(inputs.length)})

    def update(self, identifier: str, state: State, inputs: PasswordInputs) -> State:
        return {"result": generate(inputs.length)}


def generate(length: int) -> str:
    """Letters and digits from the system's random source."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))
