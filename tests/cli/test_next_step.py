"""What an error says to do next works on the stack that its command was about."""

import pytest

from cli import console
from cli.commands import status
from cli.folder import CommandFolder
from cli.main import run
from cli.next_step import for_stack
from cli.operation import carry_out
from infra.engine.events import Diagnostic
from infra.engine.interface import OnEvent, Options, Outcome
from infra.model.errors import ResourceError


@pytest.mark.parametrize(
    ("hint", "named"),
    [
        ("aqdata status", "aqdata status --stack prod"),
        ("aqdata backup check --instance x", "aqdata backup check --stack prod --instance x"),
        ("aqdata backup run -i x; docker logs y", "aqdata backup run --stack prod -i x; docker logs y"),
        ("see `aqdata backup list`, then restore", "see `aqdata backup list --stack prod`, then restore"),
        ("`./aqdata up` writes it", "`./aqdata up --stack prod` writes it"),
        ("aqdata preview shows them", "aqdata preview --stack prod shows them"),
        ("aqdata drill without --to takes now", "aqdata drill --stack prod without --to takes now"),
        ("aqdata refresh && aqdata up", "aqdata refresh --stack prod && aqdata up --stack prod"),
        ("aqdata refresh --stack prod && aqdata up", "aqdata refresh --stack prod && aqdata up --stack prod"),
        (
            "aqdata status, aqdata doctor or aqdata up.",
            "aqdata status --stack prod, aqdata doctor or aqdata up --stack prod.",
        ),
    ],
)
def test_a_command_that_takes_a_stack_is_given_it(hint: str, named: str) -> None:
    assert for_stack(hint, "prod", CommandFolder()) == named


@pytest.mark.parametrize(
    "hint",
    [
        "",
        "aqdata doctor",
        "`./aqdata doctor` says why and what mends it.",
        "aqdata stack ls",
        "aqdata backup",
        "aqdata switchover x --to y --stack staging",
        "aqdata up -s staging",
        "aqdata sql apply --stack=staging, or a new changeset",
        "mend that and run aqdata again.",
        "docker logs aqstream-prod-redis",
    ],
)
def test_everything_else_stays_as_it_is(hint: str) -> None:
    assert for_stack(hint, "prod", CommandFolder()) == hint


@pytest.fixture(autouse=True)
def failing(monkeypatch: pytest.MonkeyPatch) -> None:
    """`aqdata status` fails with a next step; consoles write to what pytest captures now."""

    def fail(*_: object, **__: object) -> None:
        raise ResourceError("redis is down", "aqdata up; aqdata doctor")

    monkeypatch.setattr(status, "StackAccess", fail)
    monkeypatch.delenv("AQDATA_STACK", raising=False)
    console.progress.cache_clear()


@pytest.mark.parametrize(
    ("words", "step"),
    [
        (("--stack", "prod"), "aqdata up --stack prod; aqdata doctor"),
        (("-s", "dev"), "aqdata up; aqdata doctor"),
        ((), "aqdata up; aqdata doctor"),
    ],
)
def test_the_next_step_is_for_the_stack_that_was_named(
    words: tuple[str, ...], step: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["status", *words]) == ResourceError.exit_code
    assert capsys.readouterr().err == f"error: redis is down\nnext:  {step}\n"


def test_the_stack_may_be_named_by_the_environment(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AQDATA_STACK", "staging")
    run(["status"])
    assert "next:  aqdata up --stack staging; aqdata doctor" in capsys.readouterr().err


def test_what_the_engine_says_of_a_resource_is_for_the_stack_too(capsys: pytest.CaptureFixture[str]) -> None:
    def up(_: Options, on_event: OnEvent) -> Outcome:
        on_event(Diagnostic("error", "there is no container x\nnext:  aqdata up"))
        return Outcome({}, {}, 0.0)

    carry_out(up, Options(), "prod")
    assert "next:  aqdata up --stack prod" in capsys.readouterr().err
