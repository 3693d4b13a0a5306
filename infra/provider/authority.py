"""`aqstream:tls:Authority`: the stack's own certificate authority."""

from typing import ClassVar

from infra.model.declaration import Declaration
from infra.provider.resource_type import Created, ResourceType
from infra.provider.x509 import private_key_pem, self_signed


class AuthorityInputs(Declaration):
    """`validity` in seconds."""

    common_name: str
    validity: int


class AuthorityType(ResourceType[AuthorityInputs]):
    """Outputs: `certificate` (PEM) and the secret `privateKey` (PEM, PKCS #8)."""

    token = "aqstream:tls:Authority"  # noqa: S105 a type's name
    inputs = AuthorityInputs
    replaced_by: ClassVar[frozenset[str]] = frozenset({"commonName", "validity"})
    computed: ClassVar[frozenset[str]] = frozenset({"certificate", "privateKey"})
    secret: ClassVar[frozenset[str]] = frozenset({"privateKey"})

    def create(self, inputs: AuthorityInputs) -> Created:
        key = private_key_pem()
        certificate = self_signed(key, inputs.common_name, inputs.validity)
        return Created(inputs.common_name, {"certificate": certificate, "privateKey": key})
