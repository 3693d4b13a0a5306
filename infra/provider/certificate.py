"""`aqstream:tls:Certificate`: a key pair signed by the stack's authority, renewed before it expires."""

from typing import ClassVar, Literal

from infra.model.declaration import Declaration
from infra.provider.resource_type import Created, ResourceType, State
from infra.provider.x509 import private_key_pem, seconds_left, signed


class CertificateInputs(Declaration):
    """`validity` and `renewBefore` in seconds; `authorityKey` and `authorityCertificate` in PEM.

    A `peer` is both server and client of others like it. Without a `commonName` only the other names count.
    """

    common_name: str
    dns_names: tuple[str, ...] = ()
    ip_addresses: tuple[str, ...] = ()
    usage: Literal["server", "client", "peer"] = "server"
    validity: int
    renew_before: int
    authority_certificate: str
    authority_key: str


_ISSUED = frozenset({"certificate", "privateKey"})


class CertificateType(ResourceType[CertificateInputs]):
    """Outputs: `certificate` (PEM) and the secret `privateKey` (PEM, PKCS #8).

    When less than `renewBefore` is left, the next `up` issues a new pair in place.
    """

    token = "aqstream:tls:Certificate"  # noqa: S105 a type's name
    inputs = CertificateInputs
    computed: ClassVar[frozenset[str]] = _ISSUED
    renewed: ClassVar[frozenset[str]] = _ISSUED
    secret: ClassVar[frozenset[str]] = frozenset({"privateKey"})

    def create(self, inputs: CertificateInputs) -> Created:
        return Created(inputs.common_name or inputs.dns_names[0], _issue(inputs))

    def update(self, identifier: str, state: State, inputs: CertificateInputs) -> State:
        return _issue(inputs)

    def stale(self, state: State) -> frozenset[str]:
        due = seconds_left(state["certificate"]) < state["renewBefore"]
        return _ISSUED if due else frozenset()


def _issue(inputs: CertificateInputs) -> State:
    key = private_key_pem()
    return {"certificate": signed(key, inputs), "privateKey": key}
