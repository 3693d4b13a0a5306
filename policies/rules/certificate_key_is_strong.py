"""Every certificate has a strong key and signature.

What: the key is RSA of 2048 bits or more, an elliptic curve of 256 or more, or Ed25519; the signature is not SHA-1 or
    MD5.
Why: weaker keys can be computed, weaker signatures forged.
Fix: `aqdata up --stack <stack> --replace <certificate>`
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.containers import Endpoint, endpoints

SCOPE = endpoints
PLANES = ("live",)
SEVERITY = Severity.HIGH
CLAUSES = ("PCI DSS 4.2.1",)
BAD = "key: rsa1024"
GOOD = "key: p256"

_LEAST = {"RSA": 2048, "EllipticCurve": 256, "EC": 256}


def check(endpoint: Endpoint) -> Iterator[str]:
    certificate = endpoint.certificate
    if certificate.key_bits < _LEAST.get(certificate.key_type, 0):
        yield f"has a {certificate.key_type} key of {certificate.key_bits} bits"
    if certificate.signature_hash in ("md5", "sha1"):
        yield f"is signed with {certificate.signature_hash}"
