"""`aqdata verify` on a deployed stack of which something is down: exit code 3, the cause, and all the rest judged."""

import json
from typing import Any

import pytest

from tests.servers.stack import StackUnderTest

pytestmark = pytest.mark.docker


def report_of(stack: StackUnderTest) -> tuple[int, dict[str, Any]]:
    done = stack.command("verify", "--plane", "live", "--format", "json")
    found: dict[str, Any] = json.loads(done.stdout)
    return done.returncode, found


def test_what_is_down_is_named_and_everything_else_is_judged(deployed: StackUnderTest) -> None:
    code, healthy = report_of(deployed)
    assert (code, healthy["findings"], healthy["notEvaluated"]) == (0, [], [])
    stopped = [deployed.container(name) for name in ("postgres-user", "redis-cache")]
    for container in stopped:
        container.stop()
    try:
        code, report = report_of(deployed)
    finally:
        for container in stopped:
            container.start()
    assert code == report["exitCode"] == 3
    unknown = {(found["object"], found["rule"]): found["message"] for found in report["notEvaluated"]}
    assert "verifier cannot log in" in unknown["postgres-user", "row_security_forced"]
    assert "cannot log in" in unknown["redis-cache", "cache_users_are_declared"]
    assert not [where for where, _ in unknown if where.startswith(("postgres-shared", "postgres-payment", "minio"))]
    passed = {found["object"].partition("/")[0] for found in report["passed"]}
    assert {"postgres-shared", "postgres-payment", "postgres-analytics", "redis", "minio"} <= passed
    down = {found["object"] for found in report["findings"]}
    assert {f"aqstream-{deployed.name}-{name}" for name in ("postgres-user", "redis-cache")} <= down


def test_a_store_that_is_down_leaves_the_databases_judged(deployed: StackUnderTest) -> None:
    store = deployed.container("minio")
    store.stop()
    try:
        code, report = report_of(deployed)
    finally:
        store.start()
    assert code == report["exitCode"] == 3
    unknown = {(found["object"].partition("/")[0], found["rule"]) for found in report["notEvaluated"]}
    assert ("minio", "store_buckets_are_declared") in unknown
    assert {where for where, rule in unknown if rule.startswith("backup_")} >= {"postgres-user", "postgres-payment"}
    isolated = {found["object"].partition("/")[0] for found in report["passed"] if found["rule"] == "isolation_proved"}
    assert isolated == {"postgres-shared", "postgres-user", "postgres-payment"}
    assert f"aqstream-{deployed.name}-minio" in {found["object"] for found in report["findings"]}
