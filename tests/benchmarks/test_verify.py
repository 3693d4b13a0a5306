"""How long a verification takes as a whole process, and how it grows with the number of tables."""

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.benchmarks.many_tables import running
from tests.servers.postgres import PostgresServer
from tests.servers.stack import ROOT, StackUnderTest, deployed

__all__ = ["deployed"]
pytestmark = pytest.mark.docker

TABLES = (100, 300, 1_000)


@pytest.mark.parametrize(("plane", "limit"), [("plan", 2), ("rendered-sql", 2), ("live", 8)])
def test_the_dev_stack(deployed: StackUnderTest, plane: str, limit: float) -> None:
    seconds = sorted(_seconds(deployed, plane) for _ in range(5))
    print(f"\nverify --plane {plane}: least {seconds[0]:.2f} s, median {seconds[2]:.2f} s, most {seconds[-1]:.2f} s")
    assert seconds[2] <= limit


def test_a_thousand_tables_take_half_a_minute_and_grow_linearly(tmp_path: Path) -> None:
    cost = {tables: _cost(tables, tmp_path) for tables in TABLES}
    print()
    for tables, found in cost.items():
        spent = ", ".join(f"{part} {found[part]:.1f} s" for part in ("read", "judge", "report"))
        per_table = f"{found['total'] / tables * 1000:.1f} ms per table"
        print(f"{tables:5d} tables: {found['total']:5.1f} s ({spent}), {per_table}, {found['megabytes']:.0f} MB")
    ratio = cost[1_000]["total"] / cost[100]["total"]
    print(f"ten times the tables take {ratio:.1f} times as long; {cost[1_000]['attempts']:,} attempts")
    assert not cost[1_000]["unknown"]
    assert cost[1_000]["total"] <= 30
    assert cost[1_000]["megabytes"] <= 400
    assert ratio < 12


def _seconds(stack: StackUnderTest, plane: str) -> float:
    start = time.perf_counter()
    done = stack.command("--quiet", "verify", "--plane", plane)
    assert done.returncode == 0, done.stdout
    return time.perf_counter() - start


def _cost(tables: int, folder: Path) -> dict[str, Any]:
    with running(tables) as server:
        told = folder / f"{tables}.json"
        told.touch(mode=0o600)
        told.write_text(json.dumps(_told(server, tables)))
        program = [sys.executable, "-m", "tests.benchmarks.verify_tables", str(told)]
        done = subprocess.run(program, cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        found: dict[str, Any] = json.loads(done.stdout)
        return found


def _told(server: PostgresServer, tables: int) -> dict[str, Any]:
    return {
        "port": server.server.port,
        "tables": tables,
        "authority": str(server.folder / "authority.crt"),
        "passwords": dict(server.passwords),
    }
