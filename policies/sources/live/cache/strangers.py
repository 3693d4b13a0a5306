"""How a cache server answers without TLS, without a login, and with a wrong password."""

import secrets
import socket

from redis.exceptions import AuthenticationError, NoPermissionError, RedisError

from policies.sources.live.access import Access
from policies.sources.live.cache.session import client_of

_TIMEOUT_SECONDS = 5


def accepts_plaintext(access: Access, server: str) -> bool | None:
    """Whether it speaks Redis's protocol without TLS, even if only to refuse."""
    endpoint = access.endpoint(server)
    try:
        with socket.create_connection((endpoint.host, endpoint.port), _TIMEOUT_SECONDS) as connection:
            connection.sendall(b"PING\r\n")
            answer = connection.recv(64)
    except ConnectionResetError:
        return False
    except OSError:
        return None
    return answer[:1] in (b"+", b"-")


def accepts_anonymous(access: Access, server: str) -> bool | None:
    """Whether it serves a connection that has not logged in."""
    return _serves(access, server, None, None)


def accepts_wrong_password(access: Access, server: str, login: str) -> bool | None:
    """Whether it serves the login with a password that is not its own."""
    return _serves(access, server, login, secrets.token_hex(16))


def _serves(access: Access, server: str, user: str | None, secret: str | None) -> bool | None:
    client = client_of(access, server, user, secret)
    try:
        client.ping()
    except AuthenticationError:
        return False
    except NoPermissionError:  # it may not do this, so it is somebody
        return True
    except RedisError:
        return None
    finally:
        client.close()
    return True
