"""Each cache rule's BAD and GOOD, done to real servers: it finds the one and keeps silent on the other."""

import shlex
from collections import ChainMap
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from infra.model.cache import container_name
from infra.model.cache_access import PROVISIONER, service_access
from infra.model.intent import Intent
from infra.model.loading import load_intent, load_services
from infra.provider.cache_login import connect
from infra.provider.cache_server import CacheServerType
from infra.provider.cache_session import Session
from infra.provider.cache_user import CacheUserType
from policies.evaluate import Verdict, evaluate
from policies.facts.cache import CacheFacts
from policies.facts.facts import Facts
from policies.rule import Rule, load_rules
from policies.scopes.caches import replicated_caches
from policies.sources.live.access import Access, Endpoint, KeyPair
from policies.sources.live.redis import read_cache, read_caches
from tests.servers.redis import TestRedis

pytestmark = pytest.mark.docker

RULES = [rule for rule in load_rules() if rule.scope.part == "cache" and rule.scope is not replicated_caches]
Servers = Mapping[str, TestRedis]
ADMIN = "admin"
ONE_PASSWORD = "cache_users_have_one_password"
"""One good example adds a password, which this rule alone rightly finds."""


@pytest.fixture(scope="module")
def servers(durable_redis: TestRedis, evictable_redis: TestRedis) -> Servers:
    """Both servers of a stack, with the settings of the dev stack."""
    found = {container_name(server.role): server for server in (durable_redis, evictable_redis)}
    for server in found.values():
        _deploy(server)
    return found


@pytest.fixture(scope="module")
def access(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Access:
    """The outputs of such a stack."""
    authority = tmp_path_factory.mktemp("trust") / "authority.pem"
    authority.write_text("".join(server.authority.certificate for server in servers.values()))
    return access_to(servers, authority)


def access_to(servers: Servers, authority: Path) -> Access:
    """What the verify command would hand to the sources."""
    return Access(
        endpoints={name: Endpoint("127.0.0.1", server.server.port) for name, server in servers.items()},
        authority=authority,
        caches={
            name: {login: KeyPair(login, password) for login, password in server.passwords.items()}
            for name, server in servers.items()
        },
    )


def _intent() -> Intent:
    """The dev stack's, with the settings that the test servers run with."""
    return load_intent("dev")


def _deploy(server: TestRedis) -> None:
    CacheServerType().create(server.server_inputs())
    for service in load_services().values():
        if service_access(service, server.role):
            CacheUserType().create(server.user_inputs(service.name))


@contextmanager
def _done(server: TestRedis, example: str) -> Iterator[None]:
    """The example's commands as an administrator's, and everything as declared afterwards."""
    with connect(server.login(PROVISIONER)) as session, _administrator(server) as admin:
        users, keys = _users(session), set(admin.scan_iter())
        for line in example.splitlines():
            admin.execute_command(*shlex.split(line.removeprefix("redis ")))
        session.run("ACL DELUSER", ADMIN)
        try:
            yield
        finally:
            for name, rules in _users(session).items():
                if name not in users:
                    session.run("ACL DELUSER", name)
                elif users[name] != rules:
                    _restore(session, name, users[name])
            if "CONFIG SET" in example:
                CacheServerType().create(server.server_inputs())
    with _administrator(server) as admin:
        for key in set(admin.scan_iter()) - keys:
            admin.delete(key)


@contextmanager
def _administrator(server: TestRedis) -> Iterator[Any]:
    with connect(server.login(PROVISIONER)) as session:
        session.run("ACL SETUSER", ADMIN, "on", ">admin-password", "~*", "&*", "+@all")
        client = server.client_with(ADMIN, "admin-password")
        try:
            yield client
        finally:
            client.close()
            session.run("ACL DELUSER", ADMIN)


def _users(session: Session) -> dict[str, str]:
    lines = (line.split(" ", 2) for line in session.run("ACL LIST"))
    return {name: rules for _, name, rules in lines if name != ADMIN}


def _restore(session: Session, name: str, rules: str) -> None:
    session.run("ACL SETUSER", name, "reset", *rules.split(" "))


def _facts(access: Access, changes: Mapping[str, str]) -> Facts:
    """Of the durable server alone, which is the one that the examples are done to."""
    found = read_cache(access, _intent(), _intent().stack.cache.nodes("durable")[0])
    return Facts(plane="live", intent=_intent(), caches={"redis": _changed(found, changes)})


def _changed(facts: CacheFacts, changes: Mapping[str, str]) -> CacheFacts:
    for name, value in changes.items():
        field, _, key = name.partition(".")
        new: Any = {"true": True, "false": False}.get(value, value)
        changed: dict[str, Any] = {field: {**getattr(facts, field), key: value} if key else new}
        facts = replace(facts, **changed)
    return facts


@contextmanager
def _applied(example: str, server: TestRedis) -> Iterator[dict[str, str]]:
    """The example done to the server, or what it changes in the facts."""
    if example.startswith("facts "):
        _, name, value = example.split()
        yield {name: value}
    else:
        with _done(server, example):
            yield {}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_the_bad_example_is_found(rule: Rule, servers: Servers, access: Access) -> None:
    with _applied(rule.bad, servers["redis"]) as changes:
        results = evaluate([rule], _facts(access, changes))
    assert Verdict.FAIL in {result.verdict for result in results}


def test_no_good_example_is_found(servers: Servers, access: Access) -> None:
    with ExitStack() as stack:
        changes = [stack.enter_context(_applied(rule.good, servers["redis"])) for rule in RULES]
        results = evaluate(RULES, _facts(access, ChainMap(*changes)))
    assert {result.verdict for result in results if result.rule != ONE_PASSWORD} == {Verdict.PASS}


def test_a_deployed_pair_of_servers_passes_every_rule(servers: Servers, access: Access) -> None:
    caches, unread = read_caches(access, _intent())
    results = evaluate(RULES, Facts(plane="live", intent=_intent(), caches=caches, unread=unread))
    wrong = [result for result in results if result.verdict in (Verdict.FAIL, Verdict.UNKNOWN)]
    assert not wrong
    assert {result.rule for result in results if result.verdict is Verdict.PASS} >= {"cache_services_are_isolated"}


def test_the_checks_leave_no_key_behind(servers: Servers, access: Access) -> None:
    before = _keys(servers)
    read_caches(access, _intent())
    assert _keys(servers) == before


def _keys(servers: Servers) -> set[str]:
    return {key for server in servers.values() for key in server.client("verifier").scan_iter()}


def test_a_server_that_does_not_answer_is_unread_and_not_passed(access: Access) -> None:
    gone = replace(access, endpoints={**access.endpoints, "redis": Endpoint("127.0.0.1", 1)})
    caches, unread = read_caches(gone, _intent())
    assert [missing.object for missing in unread] == ["redis"]
    assert set(caches) == {"redis-cache"}
