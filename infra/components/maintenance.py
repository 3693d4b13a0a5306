"""Functions that services declare with a schedule, called by the scheduler in their instance's container.

The container's own user may log in as those services' apps over the socket, so no password lies about; it is the
superuser's as well and so gains nothing.
"""

from collections.abc import Iterable, Mapping, Sequence

import pulumi

from infra.components.pgbackrest import CRONTAB, IDENTITY_MAP
from infra.model.service import Service
from infra.model.table import Schedule
from sql.roles import DATABASE

_WHEN: dict[Schedule, str] = {"hourly": "41 * * * *", "daily": "41 3 * * *"}
"""Beside the full hours, at which backups begin."""


def scheduled_apps(services: Iterable[Service]) -> list[str]:
    """The logins that the scheduler uses."""
    return [service.app for service in services if any(each.schedule for each in service.functions.values())]


def with_maintenance(
    files: Mapping[str, pulumi.Input[str]], services: Sequence[Service]
) -> dict[str, pulumi.Input[str]]:
    """The instance's files with the calls in its crontab and the identities that they need."""
    additions = {CRONTAB: maintenance_crontab(services), "pg_ident.conf": _identities(services)}
    added = {path: pulumi.Output.concat(files[path], text) for path, text in additions.items() if text}
    return {**files, **added}


def maintenance_crontab(services: Iterable[Service]) -> str:
    """A line for each function."""
    return "".join(
        f"{_WHEN[function.schedule]} psql --no-psqlrc --output=/dev/null --dbname={DATABASE} --username={service.app}"
        f" --command='SELECT {service.schema_name}.{name}()'\n"
        for service in services
        for name, function in service.functions.items()
        if function.schedule
    )


def _identities(services: Iterable[Service]) -> str:
    return "".join(f"{IDENTITY_MAP}\tpostgres\t{app}\n" for app in scheduled_apps(services))
