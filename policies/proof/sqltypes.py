"""SQL types as the prover sees them: one z3 sort for each family of types with the same comparison."""

from dataclasses import dataclass
from enum import Enum
from functools import cache
from typing import Any

import z3
from pglast import parse_sql
from pglast.parser import ParseError

from policies.proof.gaps import Unmodelled

TEXT_SORT = z3.StringSort()
UUID_SORT = z3.BitVecSort(128)


class Family(Enum):
    """Types that compare with each other and share a z3 sort."""

    BOOLEAN = "boolean"
    INTEGER = "integer"
    TEXT = "text"
    UUID = "uuid"
    MOMENT = "moment"
    OPAQUE = "opaque"
    UNTYPED = "untyped"


@dataclass(frozen=True)
class SqlType:
    """A type by PostgreSQL's own name; `length` is the limit of a `varchar(n)`."""

    name: str
    family: Family
    length: int | None = None

    @property
    def sort(self) -> Any:
        """The z3 sort that holds the type's values."""
        return _SORTS[self.family]

    @property
    def bounds(self) -> tuple[int, int]:
        """The least and greatest integer of an integer type."""
        bits = _INTEGER_BITS[self.name]
        return -(1 << (bits - 1)), (1 << (bits - 1)) - 1


_SORTS = {
    Family.BOOLEAN: z3.BoolSort(),
    Family.INTEGER: z3.IntSort(),
    Family.TEXT: TEXT_SORT,
    Family.UUID: UUID_SORT,
    Family.MOMENT: z3.IntSort(),
    Family.OPAQUE: z3.IntSort(),
    Family.UNTYPED: TEXT_SORT,
}
_INTEGER_BITS = {"int2": 16, "int4": 32, "int8": 64}
_FAMILIES = {
    "bool": Family.BOOLEAN,
    "int2": Family.INTEGER,
    "int4": Family.INTEGER,
    "int8": Family.INTEGER,
    "text": Family.TEXT,
    "varchar": Family.TEXT,
    "name": Family.TEXT,
    "uuid": Family.UUID,
    "timestamptz": Family.MOMENT,
    "timestamp": Family.MOMENT,
    "date": Family.MOMENT,
}

BOOLEAN = SqlType("bool", Family.BOOLEAN)
INTEGER = SqlType("int4", Family.INTEGER)
BIGINT = SqlType("int8", Family.INTEGER)
TEXT = SqlType("text", Family.TEXT)
NAME = SqlType("name", Family.TEXT)
UUID = SqlType("uuid", Family.UUID)
TIMESTAMPTZ = SqlType("timestamptz", Family.MOMENT)
UNTYPED = SqlType("unknown", Family.UNTYPED)


@cache
def type_named(text: str) -> SqlType:
    """The type that `format_type` prints, e.g. `character varying(64)`."""
    try:
        statement: Any = parse_sql(f"SELECT NULL::{text}")[0].stmt
    except ParseError:
        return SqlType(text, Family.OPAQUE)
    return type_of_node(statement.targetList[0].val.typeName)


def type_of_node(node: Any) -> SqlType:
    """The type a parsed `TypeName` stands for; whatever has no exact model is opaque."""
    names = [part.sval for part in node.names]
    shown = ".".join(names)
    if node.arrayBounds or node.setof or (len(names) > 1 and names[0] != "pg_catalog"):
        return SqlType(f"{shown}[]" if node.arrayBounds else shown, Family.OPAQUE)
    family = _FAMILIES.get(names[-1], Family.OPAQUE)
    if not node.typmods:
        return SqlType(names[-1], family)
    if names[-1] == "varchar":
        return SqlType("varchar", family, node.typmods[0].val.ival)
    return SqlType(shown, Family.OPAQUE)


def require_comparable(left: SqlType, right: SqlType) -> None:
    """Raises Unmodelled where `=` between the two types has no exact model."""
    same_moment = left.family is not Family.MOMENT or left.name == right.name
    if left.family is not right.family or left.family is Family.OPAQUE or not same_moment:
        raise Unmodelled(f"comparison of {left.name} with {right.name}")
