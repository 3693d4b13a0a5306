"""What makes an instance back itself up: pgBackRest's configuration, PostgreSQL's side of it, and the schedule.

A stanza is named like its instance. Its objects lie in a folder of that name in the backup bucket.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi

from infra.components.container import CONFIGURATION
from infra.components.network import STORE_ALIAS
from infra.model.backups import REPOSITORY_CHECK_FILE, RESTORE_CHECK_FILE, STATUS_FILE, Backups
from infra.model.stack import BACKUP_BUCKET
from sql.roles import DATABASE

STORE_PORT = 9000
BACKUP_ROLE = "backup"
IDENTITY_MAP = "container"
CRONTAB = "crontab"
_TICK = "* * * * *"
_RESTORE_AFTER, _VERIFY_AFTER = 7, 37
"""Minutes from the minute that fulls begin at; instances differ in it, so their checks do not run at once."""

Options = Mapping[str, str | Mapping[str, str]]
"""Of a section, by name; some are tables themselves."""


@dataclass(frozen=True)
class BackupTarget:
    """Where an instance's backups go, and with which login; `ready` are the resources that let it in."""

    access_key: pulumi.Input[str]
    secret_key: pulumi.Input[str]
    ready: Sequence[pulumi.Resource]


def backup_files(
    stanza: str, backups: Backups, full_minute: int, target: BackupTarget, cipher: pulumi.Input[str]
) -> Mapping[str, pulumi.Input[str]]:
    """Path -> text, for the instance's configuration volume; `cipher` is the secret that encrypts the repository."""
    secrets = pulumi.Output.all(target.access_key, target.secret_key, cipher)
    return {
        "pgbackrest.conf": secrets.apply(lambda found: pgbackrest_conf(stanza, backups, *found)),
        "pg_ident.conf": f"{IDENTITY_MAP}\tpostgres\t{BACKUP_ROLE}\n",
        CRONTAB: crontab(stanza, backups, full_minute),
    }


def archive_settings(stanza: str, backups: Backups) -> dict[str, str]:
    """PostgreSQL's settings that hand every finished WAL segment to pgBackRest."""
    return {
        "archive_mode": "on",
        "archive_command": f"pgbackrest --stanza={stanza} archive-push %p",
        "archive_timeout": f"{backups.archive_timeout}s",
        "wal_level": "replica",
        "ident_file": f"{CONFIGURATION}/pg_ident.conf",
    }


def repository_settings(stanza: str, backups: Backups) -> dict[str, str]:
    """What can be shown of the repository's configuration.

    No `archive-push-queue-max`: beyond it pgBackRest drops WAL and reports success.
    """
    return {
        "repo1-type": "s3",
        "repo1-path": f"/{stanza}",
        "repo1-s3-bucket": BACKUP_BUCKET,
        "repo1-s3-endpoint": STORE_ALIAS,
        "repo1-s3-region": "us-east-1",
        "repo1-s3-uri-style": "path",
        "repo1-storage-port": str(STORE_PORT),
        "repo1-storage-ca-file": f"{CONFIGURATION}/tls/authority.crt",
        "repo1-storage-verify-tls": "y",
        "repo1-cipher-type": "aes-256-cbc",
        "repo1-bundle": "y",
        "repo1-block": "y",
        "repo1-retention-full-type": "time",
        "repo1-retention-full": str(backups.full_days),
        "repo1-retention-archive-type": "full",
        "repo1-retention-archive": str(backups.archived_fulls),
    }


def pgbackrest_conf(stanza: str, backups: Backups, access_key: str, secret_key: str, cipher: str) -> str:
    """pgBackRest's configuration file, secrets included.

    The spool lies beside the data: it can be rebuilt, and on a tmpfs its WAL would count as the server's memory.
    """
    repository = repository_settings(stanza, backups) | {
        "repo1-s3-key": access_key,
        "repo1-s3-key-secret": secret_key,
        "repo1-cipher-pass": cipher,
    }
    tuned: Options = {"process-max": str(backups.processes), "repo1-block-size-map": _BLOCK_SIZES}
    return _section("global", {**repository, **_PROCESS, **tuned}) + _section(stanza, _SERVER)


def crontab(stanza: str, backups: Backups, full_minute: int) -> str:
    """Lines that ask every minute and every hour what is due, so that what a host missed while down is made up for."""
    hours = backups.differential_every // 3600
    schedule = f"--full-minute={full_minute} --differential-hours={hours}"
    database = f"--database={DATABASE} --every-days={backups.restore_check_days}"
    restore = f"aqstream-restore-check --stanza={stanza} {database} --status={RESTORE_CHECK_FILE}"
    verify = f"aqstream-verify-repository --stanza={stanza} --every-days={backups.verify_days}"
    return (
        f"{_TICK} aqstream-backup-schedule --stanza={stanza} {schedule} --status={STATUS_FILE}\n"
        f"{(full_minute + _RESTORE_AFTER) % 60} * * * * {restore}\n"
        f"{(full_minute + _VERIFY_AFTER) % 60} * * * * {verify} --status={REPOSITORY_CHECK_FILE}\n"
    )


_BLOCK_SIZES = {"2MiB": "16KiB", "96MiB": "32KiB", "448MiB": "64KiB"}
"""File size -> block that its changes are found by, about as large as pgBackRest's own, but none below 2 MiB.

Those files are bundled. pgBackRest keeps them in blocks too from 16 KiB on, and a restore then asks the object store
twice for each: in a fresh cluster for half of its files.
"""
_PROCESS = {
    "archive-async": "y",
    "archive-get-queue-max": "64MiB",
    # The default of 1 MiB takes a fifth more processor time.
    "buffer-size": "256KiB",
    # On two cores half as long as level 3, for a repository that is as large.
    "compress-level": "1",
    "compress-type": "zst",
    # What hangs on a connection that was lost is tried again while those who wait for it still do; by default a minute.
    "io-timeout": "25",
    "lock-path": "/tmp/pgbackrest",  # noqa: S108 the container's own
    "log-level-console": "warn",
    "log-level-file": "off",
    "log-timestamp": "n",
    "spool-path": "/var/lib/postgresql/spool",
    "start-fast": "y",
}
_SERVER = {
    "pg1-path": "/var/lib/postgresql/data",
    "pg1-socket-path": "/run/postgresql",
    "pg1-database": "postgres",
    "pg1-user": BACKUP_ROLE,
}


def _section(name: str, options: Options) -> str:
    lines = [line for key, value in sorted(options.items()) for line in _lines(key, value)]
    return "\n".join([f"[{name}]", *lines, "", ""])


def _lines(key: str, value: str | Mapping[str, str]) -> list[str]:
    """An option that is a table stands on a line for each of its entries."""
    return [f"{key}={value}"] if isinstance(value, str) else [f"{key}={part}={each}" for part, each in value.items()]
