"""`postgresql.conf` and `pg_hba.conf` as text into the facts that the running server shows of them."""

import re
from collections.abc import Iterator

from policies.facts.server import HbaRule, Setting

_SETTING = re.compile(r"^\s*([A-Za-z_][\w.]*)\s*(?:=|\s)\s*(?:'((?:[^']|'')*)'|([^\s#']+))")
_LOCAL_FIELDS, _HOST_FIELDS = 4, 5


# PostgreSQL 17's own values (`pg_settings.boot_val`) of what rules judge and a file may leave out.
_DEFAULTS = {
    "allow_system_table_mods": "off",
    "autovacuum": "on",
    "event_triggers": "on",
    "fsync": "on",
    "full_page_writes": "on",
    "ignore_checksum_failure": "off",
    "local_preload_libraries": "",
    "log_checkpoints": "on",
    "log_connections": "off",
    "log_disconnections": "off",
    "log_line_prefix": "%m [%p] ",
    "log_lock_waits": "off",
    "log_min_error_statement": "error",
    "log_parameter_max_length": "-1",
    "log_parameter_max_length_on_error": "0",
    "log_statement": "none",
    "max_connections": "100",
    "password_encryption": "scram-sha-256",
    "pgaudit.log": "none",
    "pgaudit.log_parameter": "off",
    "row_security": "on",
    "session_preload_libraries": "",
    "shared_buffers": "128MB",
    "shared_preload_libraries": "",
    "ssl": "off",
    "ssl_ciphers": "HIGH:MEDIUM:+3DES:!aNULL",
    "ssl_min_protocol_version": "TLSv1.2",
    "superuser_reserved_connections": "3",
    "synchronous_commit": "on",
    "wal_level": "replica",
    "zero_damaged_pages": "off",
}


def defaults() -> tuple[Setting, ...]:
    """What holds where the file says nothing."""
    return tuple(Setting(name, value) for name, value in _DEFAULTS.items())


def settings(text: str) -> tuple[Setting, ...]:
    """The settings of a `postgresql.conf`; the last line for a name counts."""
    found: dict[str, str] = {}
    for line in text.splitlines():
        match = _SETTING.match(line)
        if match:
            found[match[1].lower()] = match[2].replace("''", "'") if match[2] is not None else match[3]
    return tuple(Setting(name, value, source="configuration file") for name, value in found.items())


def hba_rules(text: str) -> tuple[HbaRule, ...]:
    """The lines of a `pg_hba.conf`, in order."""
    return tuple(_rules(text))


def _rules(text: str) -> Iterator[HbaRule]:
    for number, line in enumerate(text.splitlines(), 1):
        fields = line.partition("#")[0].split()
        if fields:
            yield _rule(number, fields)


def _rule(number: int, fields: list[str]) -> HbaRule:
    is_local = fields[0] == "local"
    at = _LOCAL_FIELDS - 1 if is_local else _HOST_FIELDS - 1
    address = None if is_local else fields[3]
    if not is_local and re.fullmatch(r"[\d.]+", fields[4]):
        address, at = f"{fields[3]}/{fields[4]}", at + 1
    return HbaRule(
        line=number,
        type=fields[0],
        databases=tuple(fields[1].split(",")),
        users=tuple(fields[2].split(",")),
        address=address,
        method=fields[at],
        options=tuple(fields[at + 1 :]),
    )
