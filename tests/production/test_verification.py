"""What `aqdata verify` tries on the ways to a replicated instance beside its primary: the pooler and the replicas."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.production.cluster import Replicated
from tests.production.trial import INSTANCES
from tests.servers.stack import StackUnderTest

pytestmark = [pytest.mark.docker, pytest.mark.long]

NAME = "postgres-user"
TABLE = "user_service.organization_members"


@pytest.fixture(scope="module")
def filled(production: StackUnderTest) -> Replicated:
    """An instance with rows of several tenants, without which reading proves nothing."""
    seeded = production.command("seed", "--tenants", "3", "--rows", "5")
    assert seeded.returncode == 0, seeded.stderr
    return Replicated(production, NAME, INSTANCES[NAME], 3)


def _verified(instance: Replicated, folder: Path) -> dict[str, Any]:
    report = folder / "report.json"
    instance.stack.command("verify", "--plane", "live", "--only", "probe_*", "--format", f"json={report}", timeout=300)
    found: dict[str, Any] = json.loads(report.read_text())
    return found


@contextmanager
def _open_to_all(instance: Replicated) -> Iterator[None]:
    instance.superuser("aqstream", f"CREATE POLICY open_to_all ON {TABLE} FOR SELECT USING (true)")
    try:
        yield
    finally:
        instance.superuser("aqstream", f"DROP POLICY open_to_all ON {TABLE}")


@pytest.mark.parametrize("login", ["app", "readonly"])
@pytest.mark.parametrize("way", ["pooled", "replica"])
def test_isolation_is_tried_on_every_way_in(filled: Replicated, tmp_path: Path, way: str, login: str) -> None:
    found = _verified(filled, tmp_path)
    where = f"{NAME}/{TABLE} as user_service_{login} ({way})"
    assert {each["rule"] for each in found["passed"] if each["object"] == where} >= {"probe_select", "probe_copy"}
    assert found["notEvaluated"] == []


def test_a_leak_is_found_where_only_replicas_are_read(filled: Replicated, tmp_path: Path) -> None:
    with _open_to_all(filled):
        found = _verified(filled, tmp_path)
    leaking = {each["object"] for each in found["findings"] if each["rule"] == "probe_select"}
    assert {f"{NAME}/{TABLE} as user_service_{login} (replica)" for login in ("app", "readonly")} <= leaking
