"""Row-security policies, triggers and rewrite rules: what hangs on a table."""

from dataclasses import replace
from typing import Any

from pglast import ast

from policies.facts.relations import Policy, Relation, RewriteRule, Trigger
from policies.sources.rendered_sql.state import Database
from policies.sources.rendered_sql.tables import address_of
from policies.sources.rendered_sql.text import role_name, sql_of, strings


def create_policy(database: Database, statement: ast.CreatePolicyStmt) -> None:
    """CREATE POLICY."""
    made: Any = statement
    policy = Policy(
        name=str(made.policy_name),
        command=made.cmd_name,
        is_permissive=bool(made.permissive),
        roles=_roles(database, made.roles),
        using=sql_of(made.qual) if made.qual else None,
        check=sql_of(made.with_check) if made.with_check else None,
    )
    address = address_of(database, made.table)
    database.change(address, lambda relation: replace(relation, policies=(*relation.policies, policy)))


def alter_policy(database: Database, statement: ast.AlterPolicyStmt) -> None:
    """ALTER POLICY: each clause that it names replaces the old one."""
    changed: Any = statement
    changes: dict[str, Any] = {}
    if changed.roles:
        changes["roles"] = _roles(database, changed.roles)
    if changed.qual:
        changes["using"] = sql_of(changed.qual)
    if changed.with_check:
        changes["check"] = sql_of(changed.with_check)

    def change(relation: Relation) -> Relation:
        name = changed.policy_name
        policies = (replace(each, **changes) if each.name == name else each for each in relation.policies)
        return replace(relation, policies=tuple(policies))

    database.change(address_of(database, changed.table), change)


def _roles(database: Database, specs: Any) -> tuple[str, ...]:
    return tuple(role_name(spec, database.role) for spec in specs or ()) or ("public",)


def create_trigger(database: Database, statement: ast.CreateTrigStmt) -> None:
    """CREATE TRIGGER, also OR REPLACE."""
    address = address_of(database, statement.relation)
    parts = strings(statement.funcname)
    schema = parts[-2] if len(parts) > 1 else database.creation_schema()
    trigger = Trigger(str(statement.trigname), (schema, parts[-1]), sql_of(statement))

    def change(relation: Relation) -> Relation:
        others = tuple(each for each in relation.triggers if each.name != trigger.name)
        return replace(relation, triggers=(*others, trigger))

    database.change(address, change)


def create_rule(database: Database, statement: ast.RuleStmt) -> None:
    """CREATE RULE."""
    rule = RewriteRule(str(statement.rulename), sql_of(statement))
    address = address_of(database, statement.relation)
    database.change(address, lambda relation: replace(relation, rules=(*relation.rules, rule)))
