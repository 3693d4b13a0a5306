"""Each rule on changes refuses what it is for, and lets a stated exception pass."""

from dataclasses import replace

import pytest

from infra.model.errors import ConfigurationError
from infra.model.service import Service
from sql.changelog import Changeset
from sql.render import render_changelog
from sql.rules import RULES, require_additive, violations
from tests.sql.samples import changeset

LONG = "a" * 64

BROKEN = [
    ("no-drop", changeset("DROP TABLE t")),
    ("no-drop", changeset("DROP INDEX i")),
    ("no-drop", changeset("DROP POLICY p ON t")),
    ("no-drop", changeset("ALTER TABLE t DROP COLUMN c")),
    ("no-drop", changeset("ALTER TABLE t DROP CONSTRAINT c")),
    ("no-drop", changeset("TRUNCATE t")),
    ("no-drop", changeset("DROP INDEX CONCURRENTLY i", run_in_transaction=False)),
    ("no-rename", changeset("ALTER TABLE t RENAME COLUMN a TO b")),
    ("no-rename", changeset("ALTER TABLE t RENAME TO u")),
    ("no-rename", changeset("ALTER TABLE t SET SCHEMA s")),
    ("no-type-change", changeset("ALTER TABLE t ALTER c TYPE bigint")),
    ("no-required-column", changeset("ALTER TABLE t ADD COLUMN c text NOT NULL")),
    ("no-required-column", changeset("ALTER TABLE t ALTER c SET NOT NULL")),
    ("no-blocking-index", changeset("CREATE INDEX i ON t (c)")),
    ("no-blocking-index", changeset("ALTER TABLE t ADD CONSTRAINT k UNIQUE (c)")),
    ("no-blocking-index", changeset("ALTER TABLE t ADD COLUMN c text UNIQUE")),
    ("no-blocking-constraint", changeset("ALTER TABLE t ADD CONSTRAINT k CHECK (c > 0)")),
    ("no-blocking-constraint", changeset("ALTER TABLE t ADD CONSTRAINT k FOREIGN KEY (c) REFERENCES u")),
    ("transaction-fits", changeset("CREATE INDEX CONCURRENTLY i ON t (c)")),
    ("transaction-fits", changeset("ALTER TABLE t ADD COLUMN c text", run_in_transaction=False)),
    ("no-hidden-code", changeset("DO $$ BEGIN EXECUTE 'DROP TABLE t'; END $$")),
    ("whole-identifiers", changeset(f"CREATE TABLE {LONG} (a int)")),
    ("whole-identifiers", changeset(f'ALTER TABLE t ADD COLUMN "{"é" * 32}" text')),
]

KEPT = [
    changeset("CREATE TABLE t (a int NOT NULL); CREATE INDEX i ON t (a); ALTER TABLE t ADD CHECK (a > 0)"),
    changeset("ALTER TABLE t ADD COLUMN c text; ALTER TABLE t ADD COLUMN d int NOT NULL DEFAULT 0"),
    changeset("ALTER TABLE t ADD CONSTRAINT k CHECK (c > 0) NOT VALID"),
    changeset("ALTER TABLE t VALIDATE CONSTRAINT k; ALTER TABLE t ALTER c DROP NOT NULL"),
    changeset("ALTER TABLE t ADD CONSTRAINT k UNIQUE USING INDEX i"),
    changeset("CREATE INDEX CONCURRENTLY i ON t (c)", run_in_transaction=False),
    changeset("DROP INDEX CONCURRENTLY IF EXISTS i; CREATE INDEX CONCURRENTLY i ON t (c)", run_in_transaction=False),
    changeset("DROP POLICY IF EXISTS p ON t; CREATE POLICY p ON t USING (true)", run_on_change=True),
    changeset(f"CREATE TABLE {'a' * 63} (a int)"),
    changeset("COMMENT ON TABLE t IS 'drop table t'"),
]


@pytest.mark.parametrize(("rule", "broken"), BROKEN)
def test_what_a_rule_is_for_breaks_it_and_only_it(rule: str, broken: Changeset) -> None:
    assert {violation.rule for violation in violations([broken])} == {rule}


@pytest.mark.parametrize("kept", KEPT)
def test_an_additive_change_breaks_no_rule(kept: Changeset) -> None:
    assert violations([kept]) == []


def test_every_rule_has_an_example() -> None:
    assert {rule for rule, _ in BROKEN} == set(RULES)


def test_a_stated_exception_passes_and_an_idle_one_does_not() -> None:
    dropping = replace(changeset("DROP TABLE t"), exceptions={"no-drop": "empty since 2024"})
    assert violations([dropping]) == []
    idle = replace(changeset("SELECT 1"), exceptions={"no-drop": "empty since 2024"})
    assert [violation.what for violation in violations([idle])] == ["has an exception that it does not need"]


def test_every_changeset_of_the_project_keeps_every_rule(services: dict[str, Service]) -> None:
    for service in services.values():
        require_additive(render_changelog(service).changesets)


def test_the_message_names_changeset_rule_and_way_out() -> None:
    with pytest.raises(ConfigurationError, match=r"0001_sample::aqstream: no-drop: drops a table") as refused:
        require_additive([changeset("DROP TABLE t")])
    assert "--exception" in refused.value.hint


def test_sql_that_does_not_parse_is_named_with_its_changeset() -> None:
    with pytest.raises(ConfigurationError, match=r"0001_sample::aqstream: syntax error at or near"):
        violations([changeset("CREATE TABEL t (a int)")])
