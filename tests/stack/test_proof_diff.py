"""`aqdata proof diff` with a deployed stack on one side: who sees more or less than the checkout says, and a row."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.servers.stack import StackUnderTest
from tests.stack.test_drift import psql

pytestmark = pytest.mark.docker
TABLE, APP = "user_service.organizations", "user_service_app"
TENANT = "NULLIF(current_setting('app.tenant_id', true), '')::uuid"


@contextmanager
def changed(deployed: StackUnderTest, change: str, undo: str) -> Iterator[None]:
    """The deployed policies with a change, taken back afterwards."""
    server = deployed.container("postgres-user")
    psql(server, change)
    try:
        yield
    finally:
        psql(server, undo)


def compared(deployed: StackUnderTest, old: str, new: str) -> tuple[int, list[dict[str, Any]]]:
    """The exit code, and what is not equal."""
    done = deployed.command("proof", "diff", old, new, "--json")
    assert done.returncode in (0, 1), done.stderr
    found = json.loads(done.stdout)["differences"]
    assert len(found) > 100
    return done.returncode, [each for each in found if each["change"] != "equal"]


def test_a_deployed_stack_equals_the_checkout(deployed: StackUnderTest) -> None:
    assert compared(deployed, ".", deployed.name) == (0, [])


def test_a_policy_made_by_hand_is_wider_by_a_row_and_narrower_the_other_way(deployed: StackUnderTest) -> None:
    opened = f"CREATE POLICY ops ON {TABLE} FOR SELECT TO {APP} USING (name = 'Open')"
    with changed(deployed, opened, f"DROP POLICY ops ON {TABLE}"):
        code, (gain,) = compared(deployed, ".", deployed.name)
        back, (loss,) = compared(deployed, deployed.name, ".")
    assert (code, gain["change"], gain["table"], gain["role"], gain["command"]) == (1, "wider", TABLE, APP, "SELECT")
    assert gain["gained"]["target"]["values"]["name"] == "Open"
    assert (back, loss["change"]) == (0, "narrower")
    assert loss["lost"]["target"]["values"]["name"] == "Open"


def test_a_policy_that_shows_other_rows_is_incomparable(deployed: StackUnderTest) -> None:
    policy = f"ALTER POLICY tenant_isolation ON {TABLE} USING ({{}})"
    own = f"id = {TENANT}"
    other = policy.format(f"({own} AND name IS DISTINCT FROM 'Shut') OR name = 'Open'")
    with changed(deployed, other, policy.format(f"id = (SELECT {TENANT})")):
        code, found = compared(deployed, ".", deployed.name)
    assert code == 1
    (read,) = (each for each in found if (each["role"], each["command"]) == (APP, "SELECT"))
    assert read["change"] == "incomparable"
    assert read["gained"]["target"]["values"]["name"] == "Open"
    assert read["lost"]["target"]["values"]["name"] == "Shut"
    assert read["lost"]["target"]["values"]["id"] == read["lost"]["settings"]["app.tenant_id"]
