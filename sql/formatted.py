"""Liquibase formatted SQL: read from rendered templates, written for Liquibase.

Read is a strict part of the format, so that nothing is silently understood otherwise than by Liquibase:

    --changeset author:id [runOnChange:true] [runInTransaction:false]
    --comment: one line
    --exception rule: why this changeset may break it
    SQL
    --rollback SQL
"""

import re
from dataclasses import dataclass, field

from infra.model.errors import ConfigurationError
from sql.changelog import Changelog, Changeset

HEADER = "--liquibase formatted sql"
_CHANGESET = re.compile(r"--changeset (?P<author>[a-z_]+):(?P<id>[a-z0-9_]+)(?P<attributes>( \w+:\w+)*)$")
_COMMENT = re.compile(r"--comment: (.+)$")
_EXCEPTION = re.compile(r"--exception (?P<rule>[a-z-]+): (?P<reason>.+)$")
_ROLLBACK = re.compile(r"--rollback (.+)$")
_DIRECTIVE = re.compile(
    r"\s*(--|/\*)\s*(liquibase|changeset|rollback|comments?|exception|preconditions?|property|validchecksum|ignore|include)\b",
    re.IGNORECASE,
)
_ATTRIBUTES = {"runOnChange": "run_on_change", "runInTransaction": "run_in_transaction"}


@dataclass
class _Draft:
    id: str
    author: str
    flags: dict[str, bool]
    comment: str = ""
    exceptions: dict[str, str] = field(default_factory=dict)
    sql: list[str] = field(default_factory=list)
    rollback: list[str] = field(default_factory=list)


def parse(text: str, path: str) -> list[Changeset]:
    """The changesets of one rendered file. Raises ConfigurationError naming file and line."""
    drafts: list[_Draft] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if opening := _CHANGESET.match(line):
            drafts.append(_Draft(opening["id"], opening["author"], _flags(opening["attributes"], path, number)))
        elif drafts:
            _take(drafts[-1], line, path, number)
        elif _DIRECTIVE.match(line):
            raise _unknown(path, number, line)
        elif line.strip() and not line.startswith("--"):
            raise _wrong(path, number, "SQL before the first '--changeset' line")
    return [_changeset(draft, path) for draft in drafts]


def _flags(attributes: str, path: str, number: int) -> dict[str, bool]:
    flags = {}
    for name, value in (attribute.split(":") for attribute in attributes.split()):
        if name not in _ATTRIBUTES or value not in ("true", "false"):
            raise _wrong(path, number, f"'{name}:{value}'; expected {' or '.join(_ATTRIBUTES)} with true or false")
        flags[_ATTRIBUTES[name]] = value == "true"
    return flags


def _take(draft: _Draft, line: str, path: str, number: int) -> None:
    if "${" in line:
        raise _wrong(path, number, "'${', which Liquibase would expand")
    if rollback := _ROLLBACK.match(line):
        draft.rollback.append(rollback[1])
    elif comment := _COMMENT.match(line):
        draft.comment = comment[1]
    elif exception := _EXCEPTION.match(line):
        draft.exceptions[exception["rule"]] = exception["reason"]
        draft.sql.append(line)
    elif _DIRECTIVE.match(line):
        raise _unknown(path, number, line)
    else:
        draft.sql.append(line)


def _changeset(draft: _Draft, path: str) -> Changeset:
    sql, rollback = "\n".join(draft.sql).strip(), "\n".join(draft.rollback).strip()
    if not sql:
        raise ConfigurationError(
            f"sql/{path}.j2: changeset '{draft.id}' has no SQL", "write it or remove the changeset"
        )
    if not rollback:
        raise ConfigurationError(
            f"sql/{path}.j2: changeset '{draft.id}' has no rollback", "add '--rollback <SQL>' lines that undo it"
        )
    return Changeset(
        id=draft.id, author=draft.author, path=path, sql=sql, rollback=rollback,
        comment=draft.comment, exceptions=draft.exceptions, **draft.flags,
    )  # fmt: skip


def _unknown(path: str, number: int, line: str) -> ConfigurationError:
    return _wrong(path, number, f"'{line.strip()}' is no line of the form this project uses")


def _wrong(path: str, number: int, what: str) -> ConfigurationError:
    return ConfigurationError(f"sql/{path}.j2: rendered line {number}: {what}", "see docs/sql.md for the form")


def render_formatted(changelog: Changelog) -> str:
    """The changelog as one file for Liquibase; identities do not depend on where that file lies."""
    return "\n\n".join([HEADER, *map(_formatted, changelog.changesets)]) + "\n"


def _formatted(changeset: Changeset) -> str:
    attributes = [f"logicalFilePath:{changeset.path}"]
    if changeset.run_in_transaction:
        # Bodies with dollar quotes must not be split at their semicolons.
        attributes += ["splitStatements:false", "rollbackSplitStatements:false"]
    else:
        attributes.append("runInTransaction:false")
    if changeset.run_on_change:
        attributes.append("runOnChange:true")
    lines = [f"--changeset {changeset.author}:{changeset.id} {' '.join(attributes)}"]
    if changeset.comment:
        lines.append(f"--comment: {changeset.comment}")
    lines.append(changeset.sql)
    lines += [f"--rollback {line}" for line in changeset.rollback.splitlines()]
    return "\n".join(lines)
