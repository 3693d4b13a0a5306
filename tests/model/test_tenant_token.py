"""Tokens as every language has to make them."""

import hashlib
import hmac
import uuid

import pytest

from infra.model.tenant_token import SigningKey

TENANT = uuid.UUID("550e8400-e29b-41d4-a716-446655440000")
KEY = "abcdEFGH" + "0123456789" * 3 + "zz"


def test_a_token_names_key_tenant_and_expiry_and_signs_them() -> None:
    signed = "abcdEFGH.550e8400-e29b-41d4-a716-446655440000.1763856060"
    mac = hmac.new(b"0123456789" * 3 + b"zz", signed.encode(), hashlib.sha256).hexdigest()
    assert SigningKey.of(KEY).token(TENANT, now=1_763_856_000.9) == f"{signed}.{mac}"


@pytest.mark.parametrize("text", ["", "short", "abcdEFGH" + "-" * 32, "ä" * 40, "a" * 39])
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="signing key"):
        SigningKey.of(text)


def test_a_key_does_not_show_its_secret() -> None:
    assert "0123456789" not in repr(SigningKey.of(KEY))
