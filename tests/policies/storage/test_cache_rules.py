"""Each cache rule's BAD and GOOD, done to real servers: it finds the one and keeps silent on the other."""

import shlex
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
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
from infra.provider.cache_user import CacheUserType
from policies.evaluate import Verdict, evaluate
from policies.facts.cache import CacheFacts
from policies.facts.facts import Facts
from policies.rule import Rule, load_rules
from policies.sources.live.access import Access, Endpoint, KeyPair
from policies.sources.live.redis import read_cache, read_caches
from tests.servers.redis import TestRedis

pytestmark = pytest.mark.docker

RULES = [rule for rule in load_rules() if rule.scope.part == "cache"]
Servers = Mapping[str, TestRedis]


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
    before = set(server.client("verifier").scan_iter())
    with connect(server.login(PROVISIONER)) as session:
        strangers = set(session.run("ACL USERS"))
        session.run("ACL SETUSER", "admin", "on", ">admin-password", "~*", "&*", "+@all")
        admin = server.client_with("admin", "admin-password")
        for line in example.splitlines():
            admin.execute_command(*shlex.split(line.removeprefix("redis ")))
        session.run("ACL DELUSER", "admin")
        try:
            yield
        finally:
            added = set(session.run("ACL USERS")) - strangers - {"admin"}
            for name in added:
                session.run("ACL DELUSER", name)
            _deploy(server)
    for key in set(server.client("verifier").scan_iter()) - before:
        _delete(server, key)


def _delete(server: TestRedis, key: str) -> None:
    with connect(server.login(PROVISIONER)) as session:
        session.run("ACL SETUSER", "admin", "on", ">admin-password", "~*", "+del")
        server.client_with("admin", "admin-password").delete(key)
        session.run("ACL DELUSER", "admin")


def _facts(access: Access, changes: Mapping[str, str]) -> Facts:
    """Of the durable server alone, which is the one that the examples are done to."""
    found = read_cache(access, _intent(), "durable")
    return Facts(plane="live", intent=_intent(), caches={"redis": _changed(found, changes)})


def _changed(facts: CacheFacts, changes: Mapping[str, str]) -> CacheFacts:
    for name, value in changes.items():
        field, _, key = name.partition(".")
        new: Any = {"true": True, "false": False}.get(value, value)
        changed: dict[str, Any] = {field: {**getattr(facts, field), key: value} if key else new}
        facts = replace(facts, **changed)
    return facts


def _verdicts(rule: Rule, example: str, servers: Servers, access: Access) -> set[Verdict]:
    """The rule's verdicts once the example was done to the durable server."""
    if example.startswith("facts "):
        _, name, value = example.split()
        return {result.verdict for result in evaluate([rule], _facts(access, {name: value}))}
    with _done(servers["redis"], example):
        return {result.verdict for result in evaluate([rule], _facts(access, {}))}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_the_bad_example_is_found_and_the_good_one_is_not(rule: Rule, servers: Servers, access: Access) -> None:
    assert Verdict.FAIL in _verdicts(rule, rule.bad, servers, access)
    assert _verdicts(rule, rule.good, servers, access) <= {Verdict.PASS, Verdict.NOT_APPLICABLE}


def test_a_deployed_pair_of_servers_passes_every_rule(servers: Servers, access: Access) -> None:
    caches, unread = read_caches(access, _intent())
    results = evaluate(RULES, Facts(plane="live", intent=_intent(), caches=caches, unread=unread))
    wrong = [result for result in results if result.verdict in (Verdict.FAIL, Verdict.UNKNOWN)]
    assert not wrong
    assert {result.rule for result in results if result.verdict is Verdict.PASS} >= {"cache_services_are_isolated"}


def test_the_checks_leave_no_key_behind(servers: Servers, access: Access) -> None:
    read_caches(access, _intent())
    assert [key for server in servers.values() for key in server.client("verifier").scan_iter()] == []


def test_a_server_that_does_not_answer_is_unread_and_not_passed(access: Access) -> None:
    gone = replace(access, endpoints={**access.endpoints, "redis": Endpoint("127.0.0.1", 1)})
    caches, unread = read_caches(gone, _intent())
    assert [missing.object for missing in unread] == ["redis"]
    assert set(caches) == {"redis-cache"}
