"""Put an instance's signing key where `tenant_context.current_tenant()` finds it, and see which one is there."""

import psycopg

from infra.model.tenant_token import SigningKey

_BLOCK = 64
"""Bytes of a block of SHA-256: HMAC pads the key to one."""

# The statements carry no secret, only the parameters do; pgaudit and errors show none of those.
UNLOGGED = "SET LOCAL log_statement = 'none'; SET LOCAL log_min_duration_statement = -1;" \
    " SET LOCAL log_min_error_statement = 'panic'"  # fmt: skip
_RETIRE = """
UPDATE tenant_context.signing_key SET not_after = least(not_after, now() + make_interval(secs => %s)) WHERE id <> %s
"""
_FORGET = "DELETE FROM tenant_context.signing_key WHERE not_after <= now()"
_PLACE = """
INSERT INTO tenant_context.signing_key (id, inner_pad, outer_pad) VALUES (%s, %s, %s)
ON CONFLICT (id) DO UPDATE
  SET inner_pad = excluded.inner_pad, outer_pad = excluded.outer_pad, not_after = excluded.not_after
"""
_SEEN = """
SELECT coalesce(bool_and(
  CASE WHEN id = %s THEN not_after = 'infinity' AND inner_pad = %s AND outer_pad = %s
  ELSE not_after <= now() + make_interval(secs => %s) END), false) AND coalesce(bool_or(id = %s), false)
FROM tenant_context.signing_key
"""


def place(admin: psycopg.Connection, key: SigningKey, overlap: int) -> None:
    """Make it the key in use; tokens of any other stay valid for `overlap` seconds, or for as long as they had."""
    with admin.transaction():
        admin.execute(UNLOGGED)
        admin.execute(_RETIRE, [overlap, key.id])
        admin.execute(_FORGET)
        admin.execute(_PLACE, [key.id, *_pads(key)])


def is_placed(admin: psycopg.Connection, key: SigningKey, overlap: int) -> bool:
    """Whether it is the one key in use, as it is, and every other ends within the overlap."""
    with admin.transaction():
        admin.execute(UNLOGGED)
        found = admin.execute(_SEEN, [key.id, *_pads(key), overlap, key.id]).fetchone()
    return found is not None and bool(found[0])


def _pads(key: SigningKey) -> tuple[bytes, bytes]:
    """The key XORed with HMAC's two constants (RFC 2104)."""
    padded = key.secret.ljust(_BLOCK, b"\0")
    return bytes(byte ^ 0x36 for byte in padded), bytes(byte ^ 0x5C for byte in padded)
