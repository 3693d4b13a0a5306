"""Somebody who knows a login's name and not its password."""

import secrets
from dataclasses import replace

from infra.model.errors import CannotCheck
from policies.facts.probes import Experiment
from policies.sources.live.access import Access
from policies.sources.live.probes.session import Login


def with_a_wrong_password(access: Access, login: Login, table: str) -> Experiment:
    """Whether a session begins with a password that nobody has, where it begins with the right one."""
    blank = Experiment("wrong password", login.instance, login.role, table, leaked=0, own=0, path=login.path)
    try:
        access.connect(login.instance, login.role, login.path).close()
    except CannotCheck as error:
        return replace(blank, error=error.message)
    wrong = {(login.instance, login.role): secrets.token_urlsafe()}
    try:
        replace(access, passwords={**access.passwords, **wrong}).connect(login.instance, login.role, login.path).close()
    except CannotCheck:
        return replace(blank, own=1)
    return replace(blank, own=1, leaked=1)
