"""What isolates tenants in a database, as lines that compare a restored copy with the server that it was made of."""

import json
from collections.abc import Callable
from typing import Any

from scheduled import CheckFailed

Lines = frozenset[str]

_LINES = """
WITH own AS (
    SELECT oid, nspname, nspowner, nspacl FROM pg_namespace
    WHERE nspname !~ '^pg_(toast|temp)' AND nspname NOT IN ('pg_catalog', 'information_schema')
), lines (line) AS (
    SELECT format('schema %I: owner %s, grants %s', nspname, nspowner::regrole, nspacl) FROM own
    UNION ALL
    SELECT format('relation %I.%I: owner %s, row security %s, forced %s, options %s, grants %s, view %s', nspname,
        relname, relowner::regrole, relrowsecurity, relforcerowsecurity, reloptions, relacl,
        CASE WHEN relkind IN ('v', 'm') THEN md5(pg_get_viewdef(c.oid)) END)
    FROM pg_class AS c JOIN own ON own.oid = relnamespace WHERE relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
    UNION ALL
    SELECT format('column %I.%I.%I: grants %s', nspname, relname, attname, attacl)
    FROM pg_attribute JOIN pg_class AS c ON c.oid = attrelid JOIN own ON own.oid = relnamespace WHERE attacl IS NOT NULL
    UNION ALL
    SELECT format('policy %I on %I.%I: command %s, permissive %s, for %s, using %s, with check %s', polname, nspname,
        relname, polcmd, polpermissive, polroles::regrole[], pg_get_expr(polqual, polrelid),
        pg_get_expr(polwithcheck, polrelid))
    FROM pg_policy JOIN pg_class AS c ON c.oid = polrelid JOIN own ON own.oid = relnamespace
    UNION ALL
    SELECT format('trigger %I on %I.%I: enabled %s, %s', tgname, nspname, relname, tgenabled, pg_get_triggerdef(t.oid))
    FROM pg_trigger AS t JOIN pg_class AS c ON c.oid = tgrelid JOIN own ON own.oid = relnamespace WHERE NOT tgisinternal
    UNION ALL
    SELECT format('function %I.%I(%s): owner %s, security definer %s, settings %s, grants %s, body %s', nspname,
        proname, pg_get_function_identity_arguments(p.oid), proowner::regrole, prosecdef, proconfig, proacl,
        md5(prosrc || coalesce(pg_get_function_sqlbody(p.oid), '')))
    FROM pg_proc AS p JOIN own ON own.oid = pronamespace
    UNION ALL
    SELECT format(
        'role %I: superuser %s, bypasses row security %s, creates roles %s, replicates %s, inherits %s, logs in %s',
        rolname, rolsuper, rolbypassrls, rolcreaterole, rolreplication, rolinherit, rolcanlogin) FROM pg_roles
    UNION ALL
    SELECT format('membership of %s in %s: admin %s, inherit %s, set %s', member::regrole, roleid::regrole,
        admin_option, inherit_option, set_option) FROM pg_auth_members
    UNION ALL
    SELECT format('settings of %s in %s: %s', nullif(setrole, 0)::regrole, datname, setconfig)
    FROM pg_db_role_setting LEFT JOIN pg_database AS d ON d.oid = setdatabase
    UNION ALL
    SELECT format('default grants of %s in %s for %s: %s', defaclrole::regrole,
        nullif(defaclnamespace, 0)::regnamespace, defaclobjtype, defaclacl) FROM pg_default_acl
)
SELECT json_agg(line) FROM lines
"""


def isolation_lines(sql: Callable[[str], Any]) -> Lines:
    """One line for each thing that isolation rests on; `sql` gives what psql prints for a statement."""
    return frozenset(json.loads(sql(_LINES)))


def compare(before: Lines, after: Lines, copy: Lines) -> None:
    """Raises CheckFailed for a copy that isolates differently than the server did before and after its moment.

    What changed on the server meanwhile may be in the copy either way.
    """
    lacks, has = sorted((before & after) - copy), sorted(copy - before - after)
    said = [f"{verb} '{lines[0][:200]}'{_others(lines)}" for verb, lines in (("lacks", lacks), ("has", has)) if lines]
    if said:
        raise CheckFailed(f"the copy does not isolate tenants as the server does: it {' and '.join(said)}")


def _others(lines: list[str]) -> str:
    return f" ({len(lines) - 1} more)" if len(lines) > 1 else ""
