"""A PostgreSQL server's files and container: what a plain server and the nodes of a cluster have in common."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_docker as docker

from infra.components.container import Configuration, Server, configured, hardened, volume
from infra.components.etcd import Etcd
from infra.components.maintenance import scheduled_apps, with_maintenance
from infra.components.network import networks_of
from infra.components.pgbackrest import CRONTAB, BackupTarget, archive_settings, backup_files
from infra.components.postgres_settings import pg_hba_conf, postgresql_conf
from infra.components.resources import Files
from infra.components.trust import SUPERUSER, Trust
from infra.model.intent import Intent
from infra.model.service import Service
from infra.model.stack import Instance, Stack

PORT = 5432
_WHEN = re.compile(r"^(?:\S+ ){5}", re.MULTILINE)


@dataclass(frozen=True)
class PostgresArgs:
    """`networks`: short name -> physical network; `images`: image -> id; `backups`: where its backups go."""

    intent: Intent
    trust: Trust
    networks: Mapping[str, pulumi.Output[str]]
    images: Mapping[str, pulumi.Output[str]]
    backups: BackupTarget
    etcd: Etcd | None = None


@dataclass(frozen=True)
class Origin:
    """An instance as its servers see it. `passwords` are secret; `owner` is the component they belong to."""

    name: str
    args: PostgresArgs
    owner: pulumi.Resource
    services: Sequence[Service]
    passwords: Mapping[str, pulumi.Output[str]]
    superuser_password: pulumi.Output[str]
    cipher: pulumi.Output[str]

    @property
    def stack(self) -> Stack:
        """The stack."""
        return self.args.intent.stack

    @property
    def instance(self) -> Instance:
        """The declaration."""
        return self.stack.instances[self.name]

    @property
    def archiving(self) -> dict[str, str]:
        """PostgreSQL's settings for its archive."""
        return archive_settings(self.name, self.stack.backups)

    def after(self, *needed: pulumi.Resource) -> pulumi.ResourceOptions:
        """Options of a child that waits for these."""
        return pulumi.ResourceOptions(parent=self.owner, depends_on=list(needed))


@dataclass(frozen=True)
class Running:
    """An instance's servers: their containers' names, and what has to be there before somebody logs in."""

    containers: tuple[pulumi.Output[str], ...]
    ready: tuple[pulumi.Resource, ...]


def plain_server(origin: Origin) -> Running:
    """One server without replicas."""
    certificate = origin.args.trust.server(origin.owner, origin.name)
    image = origin.args.images["postgres"]
    texts = configuration(origin, {}) | {
        "tls/server.crt": certificate.certificate,
        "tls/server.key": certificate.privateKey,
    }
    files = written(origin, Place(origin.name, origin.name, image), texts)
    container = started(origin, Place(origin.name, origin.name, image), files, {PORT: origin.instance.port})
    return Running((container.name,), (container,))


@dataclass(frozen=True)
class Place:
    """Where a server runs: `name` is its container's, `resource` that of its resources and volumes."""

    name: str
    resource: str
    image: pulumi.Input[str]


def configuration(origin: Origin, more: Mapping[str, str]) -> dict[str, pulumi.Input[str]]:
    """The texts every server of the instance has; `more` are settings besides the instance's own."""
    files: dict[str, pulumi.Input[str]] = {
        "postgresql.conf": postgresql_conf(origin.instance, origin.archiving | dict(more)),
        "pg_hba.conf": pg_hba_conf(scheduled_apps(origin.services), replicated=origin.instance.is_replicated),
        "tls/authority.crt": origin.args.trust.authority,
        "secrets/superuser-password": origin.superuser_password,
    }
    scheduled = with_maintenance(_backup_files(origin), origin.services)
    if origin.instance.is_replicated:
        scheduled[CRONTAB] = pulumi.Output.from_input(scheduled[CRONTAB]).apply(on_primary)
    return {**files, **scheduled}


def on_primary(crontab: str) -> str:
    """The same schedule, kept on every node and carried out by the one that takes writes."""
    return _WHEN.sub(r"\g<0>aqstream-on-primary ", crontab)


def _backup_files(origin: Origin) -> Mapping[str, pulumi.Input[str]]:
    backups = origin.stack.backups
    minute = backups.full_minute(list(origin.stack.instances).index(origin.name))
    return backup_files(origin.name, backups, minute, origin.args.backups, origin.cipher)


def written(origin: Origin, place: Place, texts: Mapping[str, pulumi.Input[str]]) -> Files:
    """The server's files; it reads them again when they change."""
    files = Configuration(place.name, place.image, texts, "SIGHUP", place.resource)
    return configured(files, origin.stack, origin.owner)


def started(
    origin: Origin, place: Place, files: Files, ports: Mapping[int, int], *needed: pulumi.Resource
) -> docker.Container:
    """The server's container with its data volume."""
    data = volume(f"{place.resource}-data", origin.stack, origin.owner, holds_data=True)
    joined = {name: (origin.args.networks[name], [place.name]) for name in networks_of(origin.instance)}
    server = Server(
        name=place.name,
        resource=place.resource,
        image=place.image,
        networks=joined,
        ports=ports,
        volumes={"/var/lib/postgresql": data.name},
        configuration=origin.stack.physical(f"{place.resource}-config"),
        limits=origin.instance.limits,
        healthcheck=("pg_isready", "--quiet", "--host=127.0.0.1", f"--username={SUPERUSER}"),
        stop_signal="SIGTERM" if origin.instance.is_replicated else "SIGINT",
        tmpfs={"/run/postgresql": "1m", "/tmp": "256m"},  # noqa: S108 the container's own
        shared_memory_mb=128,
    )
    return hardened(server, origin.stack, origin.after(files, *needed))
