"""The rules on replicated cache servers, on real ones: each finds its BAD and keeps silent on its GOOD."""

import shlex
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from infra.model.cache_access import PROVISIONER
from infra.model.intent import Intent
from infra.model.loading import load_intent
from infra.provider.cache_login import connect
from infra.provider.cache_server import CacheServerType
from infra.provider.cache_user import CacheUserType
from policies.evaluate import Result, Verdict, evaluate
from policies.facts.facts import Facts
from policies.rule import Rule, load_rules
from policies.scopes.caches import replicated_caches
from policies.sources.live.access import Access, Endpoint, KeyPair
from policies.sources.live.cache.sentinels import read_sentinels
from policies.sources.live.redis import read_caches
from tests.servers.redis_replicas import RedisReplicas, running_replicas

pytestmark = pytest.mark.docker

RULES = [rule for rule in load_rules() if rule.scope.part == "cache"]
OURS = [rule for rule in RULES if rule.scope is replicated_caches]
ADMIN = "admin"
_MENDED_WITHIN = 40


@pytest.fixture(scope="module")
def replicas() -> Iterator[RedisReplicas]:
    with running_replicas() as found:
        yield found


@pytest.fixture(scope="module")
def access(replicas: RedisReplicas, tmp_path_factory: pytest.TempPathFactory) -> Access:
    """What the verify command would hand to the sources."""
    authority = tmp_path_factory.mktemp("trust") / "authority.pem"
    authority.write_text(replicas.authority.certificate)
    logins = {login: KeyPair(login, password) for login, password in replicas.passwords.items()}
    return Access(
        endpoints={name: Endpoint("127.0.0.1", server.port) for name, server in replicas.servers.items()},
        authority=authority,
        caches=dict.fromkeys(replicas.servers, logins),
    )


@pytest.fixture(scope="module")
def intent(replicas: RedisReplicas) -> Intent:
    declared = load_intent("dev")
    return declared.model_copy(update={"stack": declared.stack.model_copy(update={"cache": replicas.cache})})


def judged(rules: list[Rule], access: Access, intent: Intent) -> list[Result]:
    caches, _ = read_caches(access, intent)
    sentinels, _ = read_sentinels(access, intent)
    return list(evaluate(rules, Facts(plane="live", intent=intent, caches=caches, sentinels=sentinels)))


def wrong(rules: list[Rule], access: Access, intent: Intent) -> list[Result]:
    return [result for result in judged(rules, access, intent) if result.verdict is not Verdict.PASS]


def mended(access: Access, intent: Intent) -> list[Result]:
    """What is still wrong when the servers have had their time to find each other."""
    deadline = time.monotonic() + _MENDED_WITHIN
    while (left := wrong(OURS, access, intent)) and time.monotonic() < deadline:
        time.sleep(0.5)
    return left


@contextmanager
def done(replicas: RedisReplicas, example: str) -> Iterator[None]:
    """The example's command, as an administrator's, and everything as declared afterwards."""
    where, *command = shlex.split(example)
    if where == "docker":
        container = replicas.servers[command[1]].container
        getattr(container, command[0])(timeout=2)
        yield
        container.start()
        return
    node = next(node for node in replicas.cache.nodes("durable") if node.name == where)
    with connect(replicas.login(where, PROVISIONER)) as session:
        session.run("ACL SETUSER", ADMIN, "on", f">{ADMIN}-password", "~*", "&*", "+@all")
        admin = replicas.client(where, PROVISIONER)
        admin.connection_pool.connection_kwargs |= {"username": ADMIN, "password": f"{ADMIN}-password"}
        admin.execute_command(*command)
        admin.close()
        session.run("ACL DELUSER", ADMIN)
    yield
    CacheServerType().create(replicas.node_inputs(node))
    CacheUserType().create(replicas.user_inputs(node, "user_service"))


def test_deployed_replicas_pass_every_cache_rule(access: Access, intent: Intent) -> None:
    assert mended(access, intent) == []
    assert [each for each in judged(RULES, access, intent) if each.verdict is Verdict.FAIL] == []


@pytest.mark.parametrize("rule", OURS, ids=lambda rule: rule.id)
def test_the_bad_example_is_found_and_mends(
    rule: Rule, replicas: RedisReplicas, access: Access, intent: Intent
) -> None:
    with done(replicas, rule.bad):
        found = [result.verdict for result in judged([rule], access, intent)]
    assert Verdict.FAIL in found
    assert mended(access, intent) == []


@pytest.mark.parametrize("rule", OURS, ids=lambda rule: rule.id)
def test_the_good_example_is_not_found(rule: Rule, replicas: RedisReplicas, access: Access, intent: Intent) -> None:
    with done(replicas, rule.good):
        assert mended(access, intent) == []
