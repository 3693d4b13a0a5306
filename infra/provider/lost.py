"""Reading what is kept in a server that may be gone with all it held, or have begun anew with an empty cluster."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from infra.engine.loading import load
from infra.model.errors import ResourceError
from infra.provider.postgres_login import Login, connect
from infra.provider.resource_type import State

if TYPE_CHECKING:
    import psycopg

_UNKNOWN_TO_IT = re.compile(r'password authentication failed|(role|database) ".*" does not exist')
"""What an empty cluster answers; that a login is not there it tells apart from a wrong password for nobody."""


def read_from(login: Login, container: str, look: Callable[[psycopg.Connection], State | None]) -> State | None:
    """What `look` finds in a session; None where the container, the login or the database is not there.

    Without `container` a server that does not answer is no lost one. Raises ResourceError.
    """
    if is_lost(container):
        return None
    try:
        with connect(login) as session:
            return look(session)
    except ResourceError as error:
        if _UNKNOWN_TO_IT.search(error.message):
            return None
        raise


def is_lost(*containers: str) -> bool:
    """Whether none of these containers, where any is named, exists. Raises ResourceError where Docker does not say."""
    return any(containers) and not any(map(load("infra.host.docker_api:container_exists"), containers))
