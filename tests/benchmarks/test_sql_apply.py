"""Applying everything to four empty instances, side by side."""

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest

from infra.model.intent import Intent
from infra.model.loading import load_intent
from sql.apply import apply
from sql.bootstrap import bootstrap
from sql.render import render_changelog
from sql.roles import instance_logins
from sql.scram import scram_verifier
from tests.servers.postgres import PostgresServer, running_postgres

pytestmark = pytest.mark.docker

LONGEST = 2.0


def _servers(intent: Intent, held: ExitStack) -> dict[str, PostgresServer]:
    def start(name: str) -> PostgresServer:
        services = {service.name: service for service in intent.services_on(name)}
        return held.enter_context(running_postgres(services, fast=False, audit=intent.stack.instances[name].audit))

    return {name: start(name) for name in intent.stack.instances}


def _bootstrap(server: PostgresServer, name: str, intent: Intent) -> None:
    verifiers = {role: scram_verifier(server.passwords[role]) for role in instance_logins(server.services.values())}
    bootstrap(server.admin, intent.stack.instances[name], name, server.services.values(), verifiers)


def _apply(server: PostgresServer, service: str) -> int:
    with server.session(server.services[service].migrator) as migrator:
        return len(apply(migrator, render_changelog(server.services[service])))


def test_four_empty_instances_are_filled_in_two_seconds() -> None:
    intent = load_intent("dev")
    with ExitStack() as held:
        servers = _servers(intent, held)
        with ThreadPoolExecutor() as pool:
            start = time.perf_counter()
            list(pool.map(lambda name: _bootstrap(servers[name], name, intent), servers))
            ready = time.perf_counter()
            work = [(server, service) for server in servers.values() for service in server.services]
            applied = sum(pool.map(lambda item: _apply(*item), work))
            done = time.perf_counter()
            again = sum(pool.map(lambda item: _apply(*item), work))
            nothing = time.perf_counter()
    print(
        f"\nfour instances on disk: bootstrap {ready - start:.2f} s, {applied} changesets {done - ready:.2f} s,"
        f" together {done - start:.2f} s (at most {LONGEST} s); nothing to do {nothing - done:.2f} s"
    )
    assert again == 0
    assert done - start < LONGEST
