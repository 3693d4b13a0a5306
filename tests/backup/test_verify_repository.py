"""What the reading of a whole repository makes of what pgBackRest says."""

from types import ModuleType

import pytest

from tests.image_script import image_script

WELL = "stanza: postgres-user\nstatus: ok\n"
LABEL = "20260301-020004F"


def damaged(objects: int) -> str:
    begin = "P00   INFO: verify command begin 2.55.1: --log-level-console=info --stanza=postgres-user"
    named = (f"P01   INFO: invalid checksum '{LABEL}/bundle/{each}'" for each in range(objects))
    summary = f"  backup: {LABEL}, status: invalid, total files checked: 9, total valid files: 8"
    return "\n".join([begin, *named, "stanza: postgres-user", "status: error", summary, "    checksum invalid: 1"])


@pytest.fixture
def program() -> ModuleType:
    return image_script("postgres", "verify_repository")


def answered(program: ModuleType, monkeypatch: pytest.MonkeyPatch, *answers: str) -> None:
    said = iter(answers)
    monkeypatch.setattr(program, "run", lambda _: next(said))


def test_a_repository_without_errors_passes(program: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    answered(program, monkeypatch, WELL)
    program.verify("postgres-user")


def test_damaged_objects_are_named(program: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    answered(program, monkeypatch, damaged(7), damaged(7))
    with pytest.raises(program.CheckFailed) as refusal:
        program.verify("postgres-user")
    assert str(refusal.value).startswith(f"the repository is damaged: invalid checksum {LABEL}/bundle/0; ")
    assert str(refusal.value).endswith(" and 2 more")


def test_where_no_object_is_named_the_summary_is(program: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    answered(program, monkeypatch, damaged(0), damaged(0))
    with pytest.raises(program.CheckFailed, match=f"backup: {LABEL}, status: invalid"):
        program.verify("postgres-user")


def test_what_is_wrong_only_once_was_expired_meanwhile(program: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    answered(program, monkeypatch, damaged(1), WELL)
    program.verify("postgres-user")


def test_output_that_says_nothing_is_no_success(program: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    answered(program, monkeypatch, "", "")
    with pytest.raises(program.CheckFailed):
        program.verify("postgres-user")
