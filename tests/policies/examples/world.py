"""The example stack of `policies/examples`, declared, rendered and on a real server."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
import pytest
from psycopg import sql

from infra.model.intent import Intent
from infra.model.limits import Limits
from infra.model.loading import ROOT, load_stack
from infra.model.reading import read_yaml, validate
from infra.model.service import Service
from policies.evaluate import Verdict, evaluate
from policies.facts.facts import Facts
from policies.rule import Rule, load_rules
from policies.sources.live.access import Access, Endpoint
from policies.sources.rendered_sql import Script
from sql.bootstrap import bootstrap
from sql.render import render_bootstrap
from sql.roles import instance_logins
from sql.scram import scram_verifier
from tests.servers.postgres import BARE, PostgresServer, running_postgres

EXAMPLES = ROOT / "policies" / "examples"
INSTANCE = "postgres-shared"
WORLD = (EXAMPLES / "world.sql").read_text(encoding="utf-8")
RULES = load_rules()


_LIKE_THE_SERVER = {
    "limits": Limits.model_validate({"memory": "1GiB", "cpus": 2}),
}


def rules_of(*parts: str) -> list[Rule]:
    """The rules that judge these parts."""
    return [rule for rule in RULES if rule.scope.part in parts]


def shop() -> Service:
    """The example service."""
    return validate(Service, read_yaml(EXAMPLES / "shop.yaml"), "policies/examples/shop.yaml")


def example_intent(*, audit: bool = False) -> Intent:
    """One instance, audited or with TimescaleDB, and the example service."""
    stack = load_stack("dev")
    kind = {"audit": audit, "extensions": () if audit else ("timescaledb",)}
    instance = stack.instances[INSTANCE].model_copy(update=_LIKE_THE_SERVER | kind)
    return Intent.of({"shop": shop()}, stack.model_copy(update={"instances": {INSTANCE: instance}}))


def example_scripts() -> list[Script]:
    """What the example stack runs, in order."""
    intent = example_intent()
    rendered = render_bootstrap(intent.stack.instances[INSTANCE], INSTANCE, [shop()])
    return [
        Script("cluster", rendered.cluster),
        Script("database", rendered.database),
        Script("world", WORLD, "shop_owner", ("shop", "extensions")),
    ]


def verdict(rule: Rule, facts: Facts) -> Verdict:
    """The worst verdict of one rule."""
    found = {result.verdict for result in evaluate([rule], facts)}
    order = (Verdict.UNKNOWN, Verdict.FAIL, Verdict.PASS, Verdict.NOT_APPLICABLE)
    return next(each for each in order if each in found)


@dataclass(frozen=True)
class World:
    """The example stack on a real server."""

    server: PostgresServer
    intent: Intent

    @contextmanager
    def copy(self) -> Iterator[str]:
        """The name of a database like it, dropped afterwards."""
        with self.server.fresh(applied=False) as database:
            yield database

    def access(self, database: str) -> Access:
        """The verifier's way in."""
        passwords = {(INSTANCE, role): password for role, password in self.server.passwords.items()}
        endpoint = Endpoint("localhost", self.server.server.port, database)
        return Access({INSTANCE: endpoint}, self.server.folder / "authority.crt", passwords)

    @contextmanager
    def rolled_back(self) -> Iterator[psycopg.Connection]:
        """A superuser's transaction that never commits."""
        with self.server.session("postgres", autocommit=False) as admin:
            yield admin
            admin.rollback()


@pytest.fixture(scope="session")
def world() -> Iterator[World]:
    """A server with the example stack, and a template of it for copies."""
    services = {"shop": shop()}
    with running_postgres(services) as server:
        verifiers = {role: scram_verifier(server.passwords[role]) for role in instance_logins(services.values())}
        bootstrap(server.admin, server.instance, INSTANCE, services.values(), verifiers)
        with server.session("shop_migrator") as migrator:
            migrator.execute(sql.SQL("SET search_path = shop, extensions"))
            with migrator.transaction():
                migrator.execute(WORLD.encode())
        server.keep(BARE)
        yield World(server, example_intent())
