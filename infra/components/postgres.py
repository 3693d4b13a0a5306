"""A PostgreSQL instance with its database, roles, schemas and applied changelogs."""

from typing import Any

import pulumi

from infra.components.hosts import hosts_input
from infra.components.pgbackrest import repository_settings
from infra.components.postgres_nodes import replicated_server
from infra.components.postgres_server import Origin, PostgresArgs, Running, plain_server
from infra.components.postgres_settings import DATABASE
from infra.components.resources import Changelog, Database, Password, Stanza, TenantKey
from infra.components.trust import SUPERUSER
from infra.model.availability import pooler_of, proxy_of
from infra.model.service import Service
from infra.model.stack import Stack
from sql.render import render_bootstrap, render_changelog

__all__ = ["INSTANCE_ROLES", "PostgresArgs", "PostgresCluster"]

INSTANCE_ROLES = ("verifier", "backup")


def endpoint_of(stack: Stack, name: str) -> dict[str, Any]:
    """Where an instance's clients connect; its pooler may be on another machine than its proxy."""
    instance = stack.instances[name]
    entrance = proxy_of(name) if instance.is_replicated else name
    direct = {"host": stack.address_of(entrance), "port": instance.port, "database": DATABASE}
    if not instance.is_replicated:
        return direct
    return direct | {
        "readOnly": {"host": direct["host"], "port": instance.read_only_port},
        "pooled": {"host": stack.address_of(pooler_of(name)), "port": instance.pooled_port},
    }


class PostgresCluster(pulumi.ComponentResource):
    """One instance. `passwords`: role -> secret password of every role that logs in; `cipher`: its backups' key."""

    def __init__(self, name: str, args: PostgresArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("aqstream:data:PostgresCluster", name, None, opts)
        self._name, self._args = name, args
        self._stack = args.intent.stack
        self._instance = self._stack.instances[name]
        self.services = args.intent.services_on(name)
        self._child = pulumi.ResourceOptions(parent=self)
        self.passwords = {role: self._password(role) for role in self._roles()}
        self._superuser_password = self._password(SUPERUSER)
        self.cipher = self._password("backup-cipher")
        self._servers = self._run()
        database = self._database()
        self.tenant_key = self._tenant_key(database) if self._instance.tenancy.is_signed else None
        for service in self.services:
            self._changelog(service, database)
        self._stanza(database)
        self.register_outputs({"endpoint": self.endpoint})

    @property
    def endpoint(self) -> dict[str, Any]:
        """Where clients connect: to the primary at `port`, and with replicas to these and to the pooler besides."""
        return endpoint_of(self._stack, self._name)

    def _roles(self) -> list[str]:
        return [*INSTANCE_ROLES, *(role for service in self.services for role in service.logins)]

    def _password(self, role: str) -> pulumi.Output[str]:
        return Password(f"{self._name}-{role}", self._child).result

    def _run(self) -> Running:
        origin = Origin(
            self._name,
            self._args,
            self,
            self.services,
            self.passwords,
            self._superuser_password,
            self.cipher,
        )
        if self._instance.is_replicated and self._args.etcd:
            return replicated_server(origin, self._args.etcd)
        return plain_server(origin)

    def _stanza(self, database: Database) -> None:
        containers = self._servers.containers
        store = [node.name for node in self._stack.object_store.every_node]
        props = {
            "container": containers[0],
            "store": [self._stack.physical(name) for name in store],
            "stanza": self._name,
            "settings": repository_settings(self._name, self._stack.backups),
            **hosts_input(self._stack, *self._instance.nodes(self._name), *store),
        } | ({"replicas": list(containers[1:])} if containers[1:] else {})
        Stanza(f"{self._name}-stanza", props, self._after(database, *self._args.backups.ready))

    def _database(self) -> Database:
        statements = render_bootstrap(self._instance, self._name, self.services)
        props = {
            "instance": self._name,
            "cluster": statements.cluster,
            "database": statements.database,
            "passwords": pulumi.Output.secret(self.passwords),
            "server": self._superuser_login("postgres"),
            **self._plain_server,
        }
        return Database(f"{self._name}-database", props, self._after(*self._servers.ready))

    @property
    def _plain_server(self) -> dict[str, Any]:
        """The container, where there is one, and its host."""
        if self._instance.is_replicated:
            return {}
        return {"container": self._servers.containers[0], **hosts_input(self._stack, self._name)}

    def _tenant_key(self, database: Database) -> pulumi.Output[str]:
        key = self._password("tenant-key")
        props = {
            "instance": self._name,
            "key": key,
            "overlap": self._instance.tenancy.key_overlap,
            "server": self._superuser_login(DATABASE),
            **self._plain_server,
        }
        TenantKey(f"{self._name}-tenant-key", props, self._after(database))
        return key

    def _changelog(self, service: Service, database: Database) -> Changelog:
        changelog = render_changelog(service, tenant_context=self._instance.tenancy.context)
        props = {
            "service": service.name,
            "changesets": [{"id": item.id, "checksum": item.checksum} for item in changelog.changesets],
            **({"tenantContext": "signed"} if self._instance.tenancy.is_signed else {}),
            "server": self._login(service.migrator, self.passwords[service.migrator], DATABASE),
            **self._plain_server,
        }
        return Changelog(service.name, props, self._after(database))

    def _superuser_login(self, database: str) -> dict[str, Any]:
        return self._login(SUPERUSER, self._superuser_password, database) | {
            "clientCertificate": self._args.trust.superuser.certificate,
            "clientKey": self._args.trust.superuser.privateKey,
        }

    def _login(self, user: str, password: pulumi.Output[str], database: str) -> dict[str, Any]:
        return {
            "host": self.endpoint["host"],
            "port": self._instance.port,
            "database": database,
            "user": user,
            "password": password,
            "authority": self._args.trust.authority,
        }

    def _after(self, *needed: pulumi.Resource) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(parent=self, depends_on=list(needed))
