"""The base of everything that is declared in YAML: frozen, camelCase keys, nothing unknown is accepted."""

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel


class Declaration(BaseModel):
    """A typed, immutable piece of a service file or stack file."""

    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=to_camel, validate_default=True)
