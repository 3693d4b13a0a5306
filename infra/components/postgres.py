"""A PostgreSQL instance with its database, roles, schemas and applied changelogs."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_docker as docker

from infra.components.container import UID, Server, hardened, volume
from infra.components.maintenance import scheduled_apps, with_maintenance
from infra.components.network import networks_of
from infra.components.pgbackrest import BackupTarget, archive_settings, backup_files, repository_settings
from infra.components.postgres_settings import DATABASE, pg_hba_conf, postgresql_conf
from infra.components.resources import Changelog, Database, Files, Password, Stanza, TenantKey
from infra.components.trust import SUPERUSER, Trust
from infra.model.intent import Intent
from infra.model.service import Service
from sql.render import render_bootstrap, render_changelog

PORT = 5432
INSTANCE_ROLES = ("verifier", "backup")


@dataclass(frozen=True)
class PostgresArgs:
    """`networks`: short name -> physical network; `image`: the image's id; `backups`: where its backups go."""

    intent: Intent
    trust: Trust
    networks: Mapping[str, pulumi.Output[str]]
    image: pulumi.Input[str]
    backups: BackupTarget


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
        container = self._container(self._files())
        database = self._database(container)
        self.tenant_key = self._tenant_key(database) if self._instance.tenancy.is_signed else None
        for service in self.services:
            self._changelog(service, database)
        self._stanza(container, database)
        self.register_outputs({"endpoint": self.endpoint})

    @property
    def endpoint(self) -> dict[str, Any]:
        """Where clients of the published port connect."""
        return {"host": str(self._stack.address), "port": self._instance.port, "database": DATABASE}

    def _roles(self) -> list[str]:
        return [*INSTANCE_ROLES, *(role for service in self.services for role in service.logins)]

    def _password(self, role: str) -> pulumi.Output[str]:
        return Password(f"{self._name}-{role}", self._child).result

    def _files(self) -> Files:
        config = volume(f"{self._name}-config", self._stack, self, holds_data=False)
        certificate = self._args.trust.server(self, self._name)
        files = {
            "postgresql.conf": postgresql_conf(self._instance, archive_settings(self._name, self._stack.backups)),
            "pg_hba.conf": pg_hba_conf(scheduled_apps(self.services)),
            "tls/authority.crt": self._args.trust.authority,
            "tls/server.crt": certificate.certificate,
            "tls/server.key": certificate.privateKey,
            "secrets/superuser-password": self._superuser_password,
            **with_maintenance(self._backup_files(), self.services),
        }
        props = {
            "volume": config.name,
            "image": self._args.image,
            "files": files,
            "uid": UID,
            "gid": UID,
            "notify": {"container": self._stack.physical(self._name), "signal": "SIGHUP"},
        }
        return Files(f"{self._name}-files", props, self._child)

    def _backup_files(self) -> Mapping[str, pulumi.Input[str]]:
        backups = self._stack.backups
        minute = backups.full_minute(list(self._stack.instances).index(self._name))
        return backup_files(self._name, backups, minute, self._args.backups, self.cipher)

    def _stanza(self, container: docker.Container, database: Database) -> None:
        props = {
            "container": container.name,
            "stanza": self._name,
            "settings": repository_settings(self._name, self._stack.backups),
        }
        Stanza(f"{self._name}-stanza", props, self._after(database, *self._args.backups.ready))

    def _container(self, files: Files) -> docker.Container:
        data = volume(f"{self._name}-data", self._stack, self, holds_data=True)
        joined = {name: (self._args.networks[name], [self._name]) for name in networks_of(self._instance)}
        server = Server(
            name=self._name,
            image=self._args.image,
            networks=joined,
            ports={PORT: self._instance.port},
            volumes={"/var/lib/postgresql": data.name},
            configuration=self._stack.physical(f"{self._name}-config"),
            limits=self._instance.limits,
            healthcheck=("pg_isready", "--quiet", "--host=127.0.0.1", f"--username={SUPERUSER}"),
            stop_signal="SIGINT",
            tmpfs={"/run/postgresql": "1m", "/tmp": "256m"},  # noqa: S108 the container's own
            shared_memory_mb=128,
        )
        return hardened(server, self._stack, self._after(files))

    def _database(self, container: docker.Container) -> Database:
        statements = render_bootstrap(self._instance, self._name, self.services)
        props = {
            "instance": self._name,
            "cluster": statements.cluster,
            "database": statements.database,
            "passwords": pulumi.Output.secret(self.passwords),
            "server": self._superuser_login("postgres"),
        }
        return Database(f"{self._name}-database", props, self._after(container))

    def _tenant_key(self, database: Database) -> pulumi.Output[str]:
        key = self._password("tenant-key")
        props = {
            "instance": self._name,
            "key": key,
            "overlap": self._instance.tenancy.key_overlap,
            "server": self._superuser_login(DATABASE),
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
        }
        return Changelog(service.name, props, self._after(database))

    def _superuser_login(self, database: str) -> dict[str, Any]:
        return self._login(SUPERUSER, self._superuser_password, database) | {
            "clientCertificate": self._args.trust.superuser.certificate,
            "clientKey": self._args.trust.superuser.privateKey,
        }

    def _login(self, user: str, password: pulumi.Output[str], database: str) -> dict[str, Any]:
        return {
            "host": str(self._stack.address),
            "port": self._instance.port,
            "database": database,
            "user": user,
            "password": password,
            "authority": self._args.trust.authority,
        }

    def _after(self, *needed: pulumi.Resource) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(parent=self, depends_on=list(needed))
