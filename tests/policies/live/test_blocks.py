"""Blocks of probes: they say what statements sent one by one say, and give way to those where they cannot run."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from policies.facts.probes import Attempt
from policies.sources.live.catalog import read_catalog
from policies.sources.live.probes import run
from policies.sources.live.probes.block import READ_TOLD, block, told
from policies.sources.live.probes.run import Probed, probe_service
from policies.sources.live.probes.session import UNDO
from policies.sources.live.probes.statements import RESET_REACHED, Statement
from policies.sources.live.probes.wire import Wire
from tests.policies.examples.world import INSTANCE, World, shop

pytestmark = pytest.mark.docker
COUNT = "set_config('aqdata.reached', (current_setting('aqdata.reached')::int + 1)::text, true) IS NULL"
TRIED = (
    Statement("select", "own", "SELECT generate_series(1, 3)"),
    Statement("insert", "own", "CREATE TABLE pg_temp.made AS SELECT 1 AS one"),
    Statement("select", "foreign", "SELECT * FROM pg_temp.made"),
    Statement("select", "foreign", "SELECT 1 / 0"),
    Statement("select", "foreign", "SELECT 'x'::uuid"),
    Statement("select", "foreign", "SELECT FROM shop.no_such_table"),
    Statement("update", "foreign", f"SELECT FROM generate_series(1, 4) WHERE {COUNT}", reaches=True),
    Statement("update", "foreign", f"SELECT FROM generate_series(1, 2) WHERE {COUNT}", reaches=True),
    Statement("update", "own", "SELECT 1", before="SELECT 1 / 0"),
    Statement("select", "foreign", "DO $$BEGIN RAISE SQLSTATE 'AQ000'; END$$"),
    Statement("select", "foreign", "SELECT 'it''s $q$ and \\ % {x}'"),
)


def test_a_block_says_what_single_statements_say(world: World) -> None:
    with world.server.admin() as admin, admin.transaction(force_rollback=True):
        wire = Wire(admin)
        wire.require(RESET_REACHED, "SAVEPOINT probe")
        (*_, answer) = wire.last([(UNDO, block(TRIED), READ_TOLD)])
        assert not answer.error
        singly = wire.last((UNDO, *statement.steps) for statement in TRIED)
        counted = [(each.rows, each.sqlstate, each.error) for each in told(TRIED, answer.value)]
        for (rows, state, message), alone, statement in zip(counted, singly, TRIED, strict=True):
            assert (state, message) == (alone.sqlstate, alone.error), statement.text
            assert rows == alone.rows or statement.reaches, statement.text
        reached = [reply.value for reply in told(TRIED, answer.value) if reply.value]
        assert reached == [reply.value for reply in singly if reply.value and reply.value.isdigit()][-2:] == ["4", "2"]


@contextmanager
def database(world: World, change: str) -> Iterator[str]:
    with world.copy() as name:
        with world.server.admin(name) as admin:
            admin.execute(change.encode())
        yield name


def probed(world: World, name: str) -> Probed:
    with world.server.admin(name) as admin:
        catalog = read_catalog(admin, INSTANCE)
    return probe_service(world.access(name), catalog, shop())


def said(attempts: tuple[Attempt, ...]) -> dict[tuple[str, ...], list[tuple[str, int, str | None]]]:
    """What came of each attempt, whoever the tenants were."""
    found: dict[tuple[str, ...], list[tuple[str, int, str | None]]] = {}
    for each in attempts:
        key = (each.role, each.table, each.command, each.context, each.aim)
        found.setdefault(key, []).append((each.outcome, each.rows, each.sqlstate))
    return {key: sorted(values, key=repr) for key, values in found.items()}


def ends(attempts: tuple[Attempt, ...]) -> set[tuple[object, ...]]:
    """What each attempt shows; whether a row goes or its child holds it is the same to isolation."""
    return {
        (each.role, each.table, each.command, each.context, each.aim, each.reached, each.outcome == "refused")
        for each in attempts
    }


def test_without_the_language_each_statement_is_sent_alone_and_says_the_same(world: World) -> None:
    with database(world, "SELECT 1") as name:
        usual = probed(world, name)
    with database(world, "REVOKE USAGE ON LANGUAGE plpgsql FROM PUBLIC") as name:
        alone = probed(world, name)
    assert usual.unread == alone.unread == ()
    assert said(alone.attempts) == said(usual.attempts)


@pytest.mark.parametrize("size", [1, 2])
def test_tables_in_several_sessions_are_tried_like_those_in_one(
    world: World, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    with database(world, "SELECT 1") as name:
        whole = probed(world, name)
        monkeypatch.setattr(run, "_TABLES_OF_A_PART", size)
        parted = probed(world, name)
    assert parted.unread == ()
    assert ends(parted.attempts) == ends(whole.attempts)
    assert {(each.name, each.table, each.role, each.leaked) for each in parted.experiments} == {
        (each.name, each.table, each.role, each.leaked) for each in whole.experiments
    }


def test_a_copy_that_is_not_refused_is_done(world: World) -> None:
    with database(world, "ALTER TABLE shop.orders DISABLE ROW LEVEL SECURITY") as name:
        attempts = probed(world, name).attempts
    copied = [
        each
        for each in attempts
        if (each.role, each.table, each.command) == ("shop_app", "shop.orders", "copy")
        and each.statement.endswith("FROM STDIN")
    ]
    assert copied
    assert all(each.reached for each in copied)
