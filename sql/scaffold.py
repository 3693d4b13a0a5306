"""A new changelog file, with what its author has to fill in."""

import re
from pathlib import Path

from infra.model.errors import ConfigurationError
from infra.model.service import Service
from sql.render import EVERY_SERVICE, FOLDER

REPEATABLE_FROM = 9000
"""Numbers from here on belong to the changesets of every service, which come last."""

_NAME = re.compile(r"[a-z][a-z0-9_]{1,50}")
_TEXT = """\
--changeset aqstream:{id}
--comment: {comment}
ALTER TABLE {schema}.{table} ADD COLUMN {column} text;
--rollback ALTER TABLE {schema}.{table} DROP COLUMN {column};
"""


def new_changelog_file(service: Service, name: str, folder: Path = FOLDER) -> Path:
    """Write the service's next numbered file and give its path. Raises ConfigurationError for an unfit name."""
    if not _NAME.fullmatch(name):
        raise ConfigurationError(
            f"'{name}' is no name for a change: 2 to 51 lower-case letters, digits and '_'", "such as add_waitlist"
        )
    identity = f"{_next_number(service, folder):04}_{name}"
    path = folder / service.schema_name / f"{identity}.sql.j2"
    text = _TEXT.format(
        id=identity,
        comment=name.replace("_", " ").capitalize(),
        schema=service.schema_name,
        table=next(iter(service.tables)),
        column=name,
    )
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def _next_number(service: Service, folder: Path) -> int:
    taken = [
        int(path.name[:4])
        for place in (service.schema_name, EVERY_SERVICE)
        for path in (folder / place).glob("[0-9][0-9][0-9][0-9]_*.sql.j2")
    ]
    number = max((number for number in taken if number < REPEATABLE_FROM), default=0) + 1
    if number >= REPEATABLE_FROM:
        raise ConfigurationError(
            f"{service.name}: numbers below {REPEATABLE_FROM} are used up", "raise REPEATABLE_FROM in sql/scaffold.py"
        )
    return number
