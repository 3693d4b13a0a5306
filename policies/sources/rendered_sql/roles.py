"""Roles, memberships and the settings that hang on them."""

from dataclasses import replace
from typing import Any

from pglast import ast
from pglast.enums import VariableSetKind

from policies.facts.access import Membership, Role
from policies.sources.rendered_sql.state import Database
from policies.sources.rendered_sql.text import has_option, is_true, option, option_text, role_name, setting_value

_ATTRIBUTES = {
    "canlogin": "can_login",
    "superuser": "is_superuser",
    "bypassrls": "bypasses_row_security",
    "isreplication": "can_replicate",
    "createrole": "can_create_role",
    "createdb": "can_create_database",
    "inherit": "inherits",
}


def create_role(database: Database, statement: ast.CreateRoleStmt) -> None:
    """CREATE ROLE and CREATE USER."""
    is_user = int(statement.stmt_type or 0) == 1
    blank = Role(str(statement.role), can_login=is_user)
    database.add_role(_with_options(blank, statement.options))
    for key, is_admin in (("addroleto", False), ("rolemembers", False), ("adminmembers", True)):
        for spec in option(statement.options, key) or ():
            other = role_name(spec, database.role)
            pair = (other, blank.name) if key == "addroleto" else (blank.name, other)
            database.memberships[pair] = Membership(*pair, is_admin=is_admin, grantor=database.role)


def alter_role(database: Database, statement: ast.AlterRoleStmt) -> None:
    """ALTER ROLE with attributes."""
    name = role_name(statement.role, database.role)
    if name in database.roles:
        database.roles[name] = _with_options(database.roles[name], statement.options)


def _with_options(role: Role, options: Any) -> Role:
    changes: dict[str, Any] = {
        attribute: is_true(option(options, key)) for key, attribute in _ATTRIBUTES.items() if has_option(options, key)
    }
    if has_option(options, "connectionlimit"):
        changes["connection_limit"] = int(option_text(option(options, "connectionlimit")))
    if has_option(options, "validUntil"):
        changes["valid_until"] = option_text(option(options, "validUntil"))
    return replace(role, **changes)


def drop_role(database: Database, statement: ast.DropRoleStmt) -> None:
    """DROP ROLE."""
    for spec in statement.roles or ():
        database.roles.pop(role_name(spec, database.role), None)


def alter_role_set(database: Database, statement: ast.AlterRoleSetStmt) -> None:
    """ALTER ROLE ... SET."""
    role = role_name(statement.role, database.role) if statement.role else None
    remember(database, role, statement.database, statement.setstmt)


def alter_database_set(database: Database, statement: ast.AlterDatabaseSetStmt) -> None:
    """ALTER DATABASE ... SET."""
    remember(database, None, str(statement.dbname), statement.setstmt)


def remember(database: Database, role: str | None, name: str | None, setting: Any) -> None:
    """Keep or forget a setting of a role or database."""
    if setting.kind == VariableSetKind.VAR_RESET_ALL:
        kept = {key: value for key, value in database.role_settings.items() if key[:2] != (role, name)}
        database.role_settings = kept
    elif setting.kind in (VariableSetKind.VAR_RESET, VariableSetKind.VAR_SET_DEFAULT):
        database.role_settings.pop((role, name, str(setting.name)), None)
    else:
        database.role_settings[role, name, str(setting.name)] = setting_value(setting)


def grant_role(database: Database, statement: ast.GrantRoleStmt) -> None:
    """GRANT role TO role, and REVOKE."""
    for granted in statement.granted_roles or ():
        for spec in statement.grantee_roles or ():
            pair = (str(granted.priv_name), role_name(spec, database.role))
            if statement.is_grant:
                database.memberships[pair] = _membership(database, pair, statement.opt)
            else:
                database.memberships.pop(pair, None)


def _membership(database: Database, pair: tuple[str, str], options: Any) -> Membership:
    member = database.roles.get(pair[1])
    known = database.memberships.get(pair) or Membership(*pair, inherits=member is None or member.inherits)
    changes: dict[str, Any] = {
        attribute: is_true(option(options, key))
        for key, attribute in (("admin", "is_admin"), ("inherit", "inherits"), ("set", "may_set"))
        if has_option(options, key)
    }
    return replace(known, grantor=database.role, **changes)


def set_variable(database: Database, statement: ast.VariableSetStmt) -> None:
    """SET and RESET of what decides who acts where."""
    name = str(statement.name or "")
    is_set = statement.kind == VariableSetKind.VAR_SET_VALUE
    value = setting_value(statement) if is_set else ""
    if name == "role":
        database.role = value if is_set and value != "none" else database.session_role
    elif name == "session_authorization":
        database.role = database.session_role = value or "postgres"
    elif name == "search_path":
        names = tuple(part.strip().strip('"') for part in value.split(","))
        database.search_path = names if is_set else ("public",)


def alter_system(database: Database, statement: ast.AlterSystemStmt) -> None:
    """ALTER SYSTEM SET and RESET."""
    setting: Any = statement.setstmt
    if setting.kind == VariableSetKind.VAR_RESET_ALL:
        database.settings.clear()
    elif setting.kind == VariableSetKind.VAR_SET_VALUE:
        database.settings[str(setting.name)] = setting_value(setting)
    else:
        database.settings.pop(str(setting.name), None)
