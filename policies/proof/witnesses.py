"""From a solver's values to a witness: rows with SQL values, settings with texts."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

from policies.proof.leak import Touch
from policies.proof.obligation import TOKEN_FOR, PlantedRow, Scalar, Some, Witness
from policies.proof.rows import Row
from policies.proof.scope import Scope
from policies.proof.session import Session
from policies.proof.spelling import uuid_shown
from policies.proof.sqltypes import Family

Values = Mapping[str, str | int | bool]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def witness_of(touched: Touch, scope: Scope, values: Values, blind: bool = False) -> Witness:
    """The witness of a touch that the values make real."""
    world = scope.question.world
    target = touched.target.name if touched.target else None
    others = [row for row in world.everything() if row.name != target and _is_present(row, values)]
    return Witness(
        login=scope.actor.login,
        user=scope.actor.user,
        command=touched.command,
        relation=touched.relation.address,
        settings=settings_of(scope.question.session, values),
        target=planted(touched.target, values) if touched.target else None,
        written=planted(touched.written, values) if touched.written else None,
        others=_distinct(planted(row, values) for row in others),
        blind=blind,
    )


def settings_of(session: Session, values: Values) -> dict[str, str]:
    """What the session sets, over what its role's defaults are; a valid token is written as TOKEN_FOR its tenant."""
    chosen = {name: str(values[str(text)]) for name, (given, text) in session.used.items() if values.get(str(given))}
    if values.get(session.valid_token) and chosen.get(session.tenant_setting):
        chosen[session.tenant_setting] = TOKEN_FOR + uuid_shown(int(values.get(session.token_tenant) or 0))
    defaults = {name: session.defaults[name] for name in session.used if name in session.defaults}
    return defaults | chosen


def _is_present(row: Row, values: Values) -> bool:
    return bool(values.get(str(row.present), str(row.present) == "True"))


def planted(row: Row, values: Values) -> PlantedRow:
    """The row's columns that matter, as SQL values."""
    return PlantedRow(row.relation.address, {name: _scalar(row, name, values) for name in row.values})


def _scalar(row: Row, name: str, values: Values) -> Scalar:
    value = row.values[name]
    if values.get(str(value.null), False) is True:
        return None
    return _shown(value.type.family, values.get(str(value.term)))


def _shown(family: Family, found: str | int | bool | None) -> Scalar:
    if family is Family.OPAQUE:
        return Some.VALUE
    if family is Family.UUID:
        return uuid_shown(int(found or 0))
    if family is Family.MOMENT:
        return (_EPOCH + timedelta(microseconds=int(found or 0))).isoformat()
    if family is Family.INTEGER:
        return int(found or 0)
    if family is Family.BOOLEAN:
        return bool(found)
    return str(found or "")


def _distinct(rows: Iterable[PlantedRow]) -> tuple[PlantedRow, ...]:
    kept: list[PlantedRow] = []
    for row in rows:
        if row not in kept:
            kept.append(row)
    return tuple(kept)
