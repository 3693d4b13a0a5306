"""A service with as many tenant tables as wanted, on a real server; every other one refers to the one before it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from infra.model.intent import Intent
from infra.model.loading import load_stack
from infra.model.reading import validate
from infra.model.service import Service
from sql.bootstrap import bootstrap
from sql.roles import instance_logins
from sql.scram import scram_verifier
from tests.servers.postgres import PostgresServer, running_postgres

INSTANCE = "test"
_CONTEXT = "(SELECT NULLIF(current_setting('app.tenant_id', true), '')::uuid)"
_TABLE = """
CREATE TABLE bulk.{name} (
  id uuid NOT NULL DEFAULT gen_random_uuid() PRIMARY KEY,
  tenant_id uuid NOT NULL,
  name text NOT NULL,
  amount integer NOT NULL DEFAULT 1 CHECK (amount >= 0),
  status text NOT NULL CHECK (status IN ('OPEN', 'DONE')),
  created_at timestamptz NOT NULL DEFAULT now(),{reference}
  UNIQUE (tenant_id, id));
CREATE INDEX {name}_created ON bulk.{name} (tenant_id, created_at);
ALTER TABLE bulk.{name} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON bulk.{name} USING (tenant_id = {context}) WITH CHECK (tenant_id = {context});
GRANT SELECT, INSERT, UPDATE, DELETE ON bulk.{name} TO bulk_app;
GRANT SELECT ON bulk.{name} TO bulk_readonly;
"""
_REFERENCE = """
  parent_id uuid NOT NULL, FOREIGN KEY (tenant_id, parent_id) REFERENCES bulk.{parent} (tenant_id, id),"""


def service(tables: int) -> Service:
    """Its declaration."""
    declared: dict[str, Any] = {}
    for number in range(tables):
        kinship = {"tenancy": "child", "of": _name(number - 1)} if number % 2 else {"tenancy": "tenant"}
        declared[_name(number)] = kinship | {"key": "tenant_id"}
    about = {"name": "bulk", "short": "bulk", "description": "Many tables", "instance": INSTANCE}
    return validate(Service, about | {"tables": declared}, "bulk")


def intent(tables: int, server: PostgresServer) -> Intent:
    """The service alone on one instance."""
    stack = load_stack("dev").model_copy(update={"instances": {INSTANCE: server.instance}})
    return Intent.of({"bulk": service(tables)}, stack)


@contextmanager
def running(tables: int) -> Iterator[PostgresServer]:
    """A server with the service's roles, schema and tables."""
    services = {"bulk": service(tables)}
    with running_postgres(services) as server:
        verifiers = {role: scram_verifier(server.passwords[role]) for role in instance_logins(services.values())}
        bootstrap(server.admin, server.instance, INSTANCE, services.values(), verifiers)
        with server.session("bulk_migrator") as migrator:
            for number in range(tables):
                migrator.execute(_definition(number).encode())
        yield server


def _name(number: int) -> str:
    return f"table_{number:04}"


def _definition(number: int) -> str:
    reference = _REFERENCE.format(parent=_name(number - 1)) if number % 2 else ""
    return _TABLE.format(name=_name(number), reference=reference, context=_CONTEXT)
