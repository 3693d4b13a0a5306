"""Hypothesis strategies: row-security policies, rows and session contexts, as SQL."""

from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

TENANT_A = "550e8400-e29b-41d4-a716-446655440000"
TENANT_B = "b0b0b0b0-0000-4000-8000-00000000000b"
COMMANDS = ("ALL", "ALL", "ALL", "SELECT", "INSERT", "UPDATE", "DELETE")
ROLES = ("PUBLIC", "PUBLIC", "PUBLIC", "lab_app", "lab_group", "lab_member", "lab_owner", "lab_guest")
ACTORS = ("lab_app", "lab_member", "lab_bypass", "lab_heir", "lab_guest")
TEXTS = ("", "a", "A", "admin", "b%", TENANT_A, TENANT_A.upper())

tenants = st.sampled_from([TENANT_A, TENANT_B, None])
contexts = st.sampled_from([TENANT_A, TENANT_A, None, "", TENANT_B, TENANT_A.upper(), "{" + TENANT_A + "}", "broken"])


@dataclass(frozen=True)
class Policy:
    """One CREATE POLICY."""

    name: str
    table: str
    command: str
    restrictive: bool
    role: str
    using: str | None
    check: str | None

    @property
    def sql(self) -> str:
        """The statement."""
        kind = " AS RESTRICTIVE" if self.restrictive else ""
        using = f" USING ({self.using})" if self.using and self.command != "INSERT" else ""
        takes_check = self.command in ("ALL", "INSERT", "UPDATE")
        check = f" WITH CHECK ({self.check})" if self.check and takes_check else ""
        return f"CREATE POLICY {self.name} ON lab.{self.table}{kind} FOR {self.command} TO {self.role}{using}{check}"


@dataclass(frozen=True)
class Case:
    """One situation to compare the prover with PostgreSQL in."""

    policies: tuple[Policy, ...]
    notes: tuple[dict[str, Any], ...]
    links: tuple[dict[str, Any], ...]
    secured: bool
    forced: bool
    links_secured: bool
    actor: str
    tenant: str | None
    role: str | None


_setting = st.sampled_from(
    [
        "current_setting('lab.tenant', true)",
        "NULLIF(current_setting('lab.tenant', true), '')",
        "(SELECT NULLIF(current_setting('lab.tenant', true), ''))",
        "lower(current_setting('lab.tenant', true))",
        "COALESCE(current_setting('lab.tenant', true), '')",
        "btrim(current_setting('lab.tenant', true))",
    ]
)
_text = st.one_of(
    st.sampled_from(["code", "code", "author", "tenant_id::text", "current_setting('lab.role', true)"]),
    st.sampled_from(["'a'", "''", "'admin'", "upper(code)", "left(code, 1)", "code || 'x'", "NULL", "size::text"]),
    st.sampled_from(
        ["replace(code, 'a', 'b')", "split_part(code, '-', 1)", "concat(code, author)", "author::varchar(1)"]
    ),
    st.sampled_from(["COALESCE(code, author, 'x')", "substr(code, 2)", "CASE WHEN open THEN code ELSE author END"]),
    _setting,
)
_uuid = st.one_of(
    _setting.map(lambda text: f"{text}::uuid"),
    st.sampled_from(
        [
            "tenant_id",
            f"'{TENANT_A}'",
            "lab.tenant()",
            "(SELECT lab.tenant())",
            "NULLIF(tenant_id, lab.tenant())",
            "NULL",
        ]
    ),
    st.sampled_from([f"CASE open WHEN true THEN tenant_id ELSE '{TENANT_B}' END"]),
)
_number = st.sampled_from(
    ["size", "size + 1", "length(code)", "0", "7", "COALESCE(size, 3)", "strpos(code, 'a')", "id - size"]
)


_match = st.sampled_from(
    [
        "links.tenant_id = notes.tenant_id",
        "links.note = notes.id",
        "links.code = notes.code",
        "links.tenant_id = lab.tenant() AND links.note = notes.id",
        "links.tenant_id = lab.tenant()",
    ]
)
_through_links = st.tuples(
    st.sampled_from(
        [
            "EXISTS (SELECT 1 FROM lab.links WHERE {})",
            "NOT EXISTS (SELECT 1 FROM lab.links WHERE {})",
            "notes.tenant_id IN (SELECT links.tenant_id FROM lab.links WHERE {})",
            "notes.tenant_id NOT IN (SELECT links.tenant_id FROM lab.links WHERE {})",
            "code = (SELECT links.code FROM lab.links WHERE {} LIMIT 1)",
            "id = ANY (ARRAY(SELECT links.note FROM lab.links WHERE {}))",
            "(SELECT links.code FROM lab.links WHERE {}) IS NULL",
            "EXISTS (SELECT 1 FROM lab.links AS l JOIN lab.links ON l.id = links.id WHERE {})",
            "code IN (SELECT l.code FROM (SELECT links.code FROM lab.links WHERE {}) AS l)",
        ]
    ),
    _match,
).map(lambda pair: pair[0].format(pair[1]))


_compare = st.sampled_from(["=", "=", "=", "<>", "IS DISTINCT FROM", "IS NOT DISTINCT FROM"])
_order = st.sampled_from(["<", "<=", ">", ">=", "=", "<>"])
_atom = st.one_of(
    st.tuples(st.just("tenant_id"), _compare, _uuid).map(" ".join),
    st.tuples(_uuid, st.sampled_from(["=", "<", ">="]), _uuid)
    .filter(lambda t: "tenant" in t[0] and t[0] != "NULL")
    .map(" ".join),
    st.tuples(_text, _compare, _text).filter(lambda t: "NULL" not in (t[0], t[2])).map(" ".join),
    st.tuples(_number, _order, _number).map(" ".join),
    st.sampled_from(
        ["open", "open IS TRUE", "open IS NOT FALSE", "open IS UNKNOWN", "tenant_id IS NULL", "true", "NULL"]
    ),
    st.sampled_from(["code IS NOT NULL", "code LIKE 'a%'", "code NOT LIKE '_'", "starts_with(code, 'a')", "false"]),
    st.sampled_from(
        ["code IN ('a', 'A')", "size NOT IN (1, 7)", "size BETWEEN 1 AND 7", "code = ANY (ARRAY['a', author])"]
    ),
    st.sampled_from(["current_user = 'lab_app'", "author = current_user", "session_user = 'lab_app'"]),
    st.sampled_from(
        [
            "pg_has_role('lab_group', 'member')",
            "lab.is_linked(tenant_id)",
            "lab.same(code, author)",
            "lab.mine(tenant_id)",
            "pg_has_role('lab_group', 'usage')",
            "(SELECT lab.same(code, author))",
        ]
    ),
    st.sampled_from(
        ["(tenant_id, code) = (lab.tenant(), 'a')", "size::boolean", "open::int = 1", "'x' = ALL (ARRAY[code])"]
    ),
    st.sampled_from(
        [
            "tenant_id = ANY (ARRAY[lab.tenant(), NULL])",
            "(tenant_id, size) = (lab.tenant(), 7)",
            "tenant_id IN (lab.tenant(), NULL)",
            "tenant_id NOT IN (lab.tenant(), NULL)",
            "NOT lab.mine(tenant_id)",
        ]
    ),
    st.sampled_from(
        ["greatest(size, 3) = 3", "COALESCE(open, false)", "NULLIF(code, '') IS NULL", "(open)::text = 'true'"]
    ),
)
_term = st.integers(0, 4).flatmap(lambda draw: _through_links if draw == 0 else _atom)
_shape = st.sampled_from(
    [
        "{0}",
        "{0}",
        "({0}) AND ({1})",
        "({0}) OR ({1})",
        "NOT ({0})",
        "({0}) AND NOT ({1})",
        "(({0}) OR ({1})) AND ({2})",
        "({0}) OR (({1}) AND ({2}))",
        "CASE WHEN {0} THEN {1} ELSE {2} END",
        "COALESCE({0}, {1})",
    ]
)
conditions = st.tuples(_shape, _term, _term, _term).map(lambda drawn: drawn[0].format(*drawn[1:]))
link_conditions = st.sampled_from(
    ["true", "tenant_id = lab.tenant()", "code = 'a'", "code IS NULL", "tenant_id = lab.tenant() OR code = 'a'"]
)


def _policies(table: str, of: st.SearchStrategy[str]) -> st.SearchStrategy[tuple[Policy, ...]]:
    one = st.tuples(
        st.sampled_from(COMMANDS),
        st.sampled_from([False, False, False, True]),
        st.sampled_from(ROLES),
        st.integers(0, 9).flatmap(lambda draw: of if draw else st.none()),
        st.none() | of,
    )
    return st.lists(one, min_size=1, max_size=4).map(
        lambda found: tuple(
            Policy(f"p{number}", table, command, restrictive, role, using, check)
            for number, (command, restrictive, role, using, check) in enumerate(found)
        )
    )


_note = st.fixed_dictionaries(
    {
        "tenant_id": tenants,
        "code": st.none() | st.sampled_from(TEXTS),
        "size": st.none() | st.sampled_from([-1, 0, 1, 3, 7]),
        "open": st.sampled_from([None, True, False]),
        "author": st.sampled_from([None, "", "a", "lab_app", "lab_member"]),
    }
)
_link = st.fixed_dictionaries(
    {"tenant_id": tenants, "code": st.none() | st.sampled_from(TEXTS), "note": st.sampled_from([None, 1, 2, 3])}
)


def _numbered(rows: list[dict[str, Any]]) -> tuple[dict[str, Any], ...]:
    return tuple({"id": number} | row for number, row in enumerate(rows, 1))


cases = st.builds(
    Case,
    policies=st.tuples(_policies("notes", conditions), _policies("links", link_conditions)).map(lambda p: p[0] + p[1]),
    notes=st.lists(_note, min_size=3, max_size=4).map(_numbered),
    links=st.lists(_link, min_size=1, max_size=3).map(_numbered),
    secured=st.sampled_from([True, True, True, True, False]),
    forced=st.booleans(),
    links_secured=st.booleans(),
    actor=st.sampled_from(ACTORS),
    tenant=contexts,
    role=st.sampled_from([None, "", "admin", "a"]),
)
