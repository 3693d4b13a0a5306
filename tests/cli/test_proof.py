"""`aqdata proof` on the checkout's SQL: what it proves, shows and compares, and what its exit codes say."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from cli import catalogs
from cli.commands import proof
from cli.proving import Proof
from infra.model.errors import ConfigurationError
from infra.model.intent import Intent
from policies.proof.replay import Replay

EVENTS = "event_service.events"


def aqdata(*arguments: str) -> Result:
    return CliRunner().invoke(proof.app, list(arguments), env={"NO_COLOR": "1", "AQDATA_STACK": "dev"})


@pytest.fixture
def change(tmp_path: Path) -> Path:
    """An SQL file to be run after the checkout's, empty."""
    return tmp_path / "change.sql"


def test_the_checkout_is_proved() -> None:
    done = aqdata("run", "--rendered-sql", "--json")
    obligations = json.loads(done.stdout)["obligations"]
    assert {each["verdict"] for each in obligations} == {"proved", "trusted"}
    assert done.exit_code == proof.ALL_PROVED


def test_a_table_is_shown_with_its_policies_and_logins() -> None:
    done = aqdata("show", EVENTS, "--rendered-sql")
    assert done.exit_code == 0
    for text in ("policy tenant_isolation: permissive for all to public", "event_service_app", "SELECT     proved"):
        assert text in done.output


def test_a_table_that_is_none_is_refused() -> None:
    refused = aqdata("show", "event_service.nothing", "--rendered-sql")
    assert isinstance(refused.exception, ConfigurationError)
    assert "no tenant table 'event_service.nothing'" in refused.exception.message


def test_nothing_differs_from_itself() -> None:
    done = aqdata("diff", ".", ".")
    assert (done.exit_code, done.output.splitlines()[-1].split(", ")[1]) == (0, "0 changed")


def test_a_revision_is_compared_with_the_checkout() -> None:
    done = aqdata("diff", "HEAD", ".", "--json")
    assert done.exit_code in (0, 1, 3), done.output
    differences: list[dict[str, Any]] = json.loads(done.stdout)["differences"]
    assert {each["change"] for each in differences} <= {"equal", "narrower", "wider", "incomparable", "unknown"}
    assert (EVENTS, "event_service_app", "SELECT") in {
        (each["table"], each["role"], each["command"]) for each in differences
    }


def test_a_file_that_opens_a_table_is_wider_by_a_row(change: Path) -> None:
    change.write_text(f"CREATE POLICY ops ON {EVENTS} FOR SELECT TO event_service_app USING (status = 'PUBLISHED');")
    done = aqdata("diff", ".", str(change))
    assert f"{EVENTS} event_service_app SELECT: wider" in done.output
    assert "status = PUBLISHED" in done.output
    assert done.exit_code == proof.LEAKS


def test_a_file_that_narrows_a_table_is_no_alarm(change: Path) -> None:
    change.write_text(f"CREATE POLICY ops ON {EVENTS} AS RESTRICTIVE USING (status = 'PUBLISHED');")
    done = aqdata("diff", ".", str(change))
    assert f"{EVENTS} event_service_app SELECT: narrower" in done.output
    assert done.exit_code == proof.ALL_PROVED


def test_a_file_without_a_model_is_not_known(change: Path) -> None:
    change.write_text(f"CREATE POLICY ops ON {EVENTS} AS RESTRICTIVE USING (title ~ 'x');")
    done = aqdata("diff", ".", str(change))
    assert f"{EVENTS} event_service_app SELECT: unknown" in done.output
    assert done.exit_code == proof.NOT_KNOWN


def test_a_file_that_cannot_be_followed_leaves_nothing_known(change: Path) -> None:
    change.write_text(f"DO $$ BEGIN EXECUTE 'ALTER TABLE {EVENTS} DISABLE ROW LEVEL SECURITY'; END $$;")
    done = aqdata("diff", ".", str(change))
    assert f"{EVENTS} event_service_app SELECT: unknown SQL that was not followed" in done.output
    assert done.exit_code == proof.NOT_KNOWN


def test_what_is_neither_stack_file_nor_revision_is_named() -> None:
    refused = aqdata("diff", "no-such-revision")
    assert isinstance(refused.exception, ConfigurationError)
    assert "'no-such-revision' is no stack, no file and no git revision" in refused.exception.message


@pytest.mark.parametrize(("shows", "code"), [(True, proof.LEAKS), (False, proof.NOT_KNOWN)])
def test_a_leak_that_does_not_show_on_the_server_is_the_provers_defect(
    monkeypatch: pytest.MonkeyPatch, change: Path, shows: bool, code: int
) -> None:
    change.write_text(f"ALTER TABLE {EVENTS} DISABLE ROW LEVEL SECURITY;")

    def replay_all(proofs: Iterable[Proof], intent: Intent) -> dict[int, Replay]:
        return {id(leak): Replay(shows, ("SELECT 1",), "1 row") for proof_ in proofs for leak in proof_.leaks}

    monkeypatch.setattr(catalogs, "deployed", lambda access, intent: catalogs.named(str(change), intent, access))
    monkeypatch.setattr(proof, "replay_all", replay_all)
    done = aqdata("run")
    assert done.exit_code == code
    assert ("a defect of the prover" in done.output) is not shows
