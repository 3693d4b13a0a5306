"""The catalog queries, one file each: a column carries its fact's field name, and rows become frozen values."""

import re
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import psycopg
from psycopg.rows import dict_row

from policies.facts.access import Acl, Grant

_FOLDER = Path(__file__).parent / "queries"
_ACL = re.compile(r"/\*acl (\S+) (\S+) (\w)\*/")
_ACL_ROWS = r"""(SELECT json_agg(json_build_array(
    CASE WHEN g.grantee = 0 THEN 'public' ELSE pg_get_userbyid(g.grantee) END,
    g.privilege_type, g.is_grantable, pg_get_userbyid(g.grantor)))
    FROM aclexplode(coalesce(\1, acldefault('\3', \2))) AS g)"""
_PAIRS = re.compile(r"/\*pairs (\S+)\*/")
_PAIR_ROWS = r"""(SELECT json_agg(json_build_array(split_part(o, '=', 1), substr(o, strpos(o, '=') + 1)))
    FROM unnest(\1) AS o)"""
_NEVER_NULL = ("acl", "options", "settings", "tables")

T = TypeVar("T")
Connection = psycopg.Connection[Any]
Row = dict[str, Any]


@cache
def query_text(name: str) -> bytes:
    """The SQL of `queries/<name>.sql`, its ACL and option columns written out."""
    text = (_FOLDER / f"{name}.sql").read_text(encoding="utf-8")
    return _PAIRS.sub(_PAIR_ROWS, _ACL.sub(_ACL_ROWS, text)).encode()


def fetch(connection: Connection, name: str) -> list[Row]:
    """The rows of a query, lists as tuples and ACLs as grants."""
    with connection.cursor(row_factory=dict_row) as cursor:
        return [_frozen(row) for row in cursor.execute(query_text(name))]


def build(kind: Callable[..., T], rows: list[Row]) -> tuple[T, ...]:
    """One value of this kind for each row."""
    return tuple(kind(**row) for row in rows)


def _frozen(row: Mapping[str, Any]) -> Row:
    return {key: _acl(value) if key.endswith("acl") else _tuple(key, value) for key, value in row.items()}


def _acl(rows: list[list[Any]] | None) -> Acl:
    return tuple(Grant(*row) for row in rows or ())


def _tuple(key: str, value: Any) -> Any:
    if value is None and key in _NEVER_NULL:
        return ()
    return tuple(_tuple("", item) for item in value) if isinstance(value, list) else value
