"""A stanza as the provider makes it: once, for the cluster that is there, and for one that was made anew."""

import json
import time

import pytest

from infra.provider.stanza import StanzaInputs, StanzaType
from tests.backup.on_stack import INSTANCE, await_archived, await_full, execute, query, switch_wal, window
from tests.servers.stack import StackUnderTest

pytestmark = [pytest.mark.docker, pytest.mark.long]
DATA = "/var/lib/postgresql/data"


def inputs(stack: StackUnderTest) -> StanzaInputs:
    return StanzaInputs(container=str(stack.container(INSTANCE).name), stanza=INSTANCE, settings={})


def databases(stack: StackUnderTest) -> list[int]:
    """The clusters that the repository knows."""
    code, said = execute(stack, ["pgbackrest", f"--stanza={INSTANCE}", "info", "--output=json"])
    assert code == 0, said
    return [each["id"] for each in json.loads(said)[0]["db"]]


def await_server(stack: StackUnderTest) -> None:
    deadline = time.monotonic() + 60
    while execute(stack, ["pg_isready", "--quiet"])[0]:
        assert time.monotonic() < deadline
        time.sleep(0.2)


def test_a_stanza_is_made_once_and_checked_each_time(breakable: StackUnderTest) -> None:
    await_full(breakable)
    assert StanzaType().create(inputs(breakable)).id == INSTANCE
    assert databases(breakable) == [1]


def test_a_cluster_made_anew_is_let_in_and_the_backups_of_the_former_one_stay(breakable: StackUnderTest) -> None:
    await_full(breakable)
    container = breakable.container(INSTANCE)
    former = json.loads(breakable.command("backup", "list", "--json", "-i", INSTANCE).stdout)
    assert execute(breakable, ["mv", DATA, f"{DATA}.lost"])[0] == 0
    container.restart()
    await_server(breakable)
    query(breakable, "CREATE ROLE backup LOGIN SUPERUSER")
    StanzaType().create(inputs(breakable))
    assert databases(breakable) == [1, 2]
    assert await_archived(breakable, switch_wal(breakable)) < 60
    assert window(breakable)["earliest"] is None or window(breakable)["spans"], "what it had counts no more"
    code, said = execute(breakable, ["pgbackrest", f"--stanza={INSTANCE}", "info", "--output=json"])
    assert code == 0, said
    assert {each["label"] for each in former} <= {each["label"] for each in json.loads(said)[0]["backup"]}
