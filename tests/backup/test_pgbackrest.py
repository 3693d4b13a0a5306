"""What pgBackRest prints is taken for what it means: a success that read nothing is a failure."""

import json
from typing import Any

import pytest

from infra.backup import pgbackrest
from infra.backup.container import Ended
from infra.backup.pgbackrest import PgBackRest, failure
from infra.model.errors import ResourceError

PROGRAM = PgBackRest("container", "postgres-user")


def answer(monkeypatch: pytest.MonkeyPatch, *stanzas: dict[str, Any]) -> None:
    printed(monkeypatch, json.dumps(stanzas))


def printed(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(pgbackrest, "execute_until_interrupted", lambda *_: Ended(0, text, ""))


def test_what_a_wrong_key_made_of_a_file_is_quoted_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    status = '{"code": 99, "message": "unable to load info file: \x01\x1f"}'
    printed(monkeypatch, f'[{{"name": "postgres-user", "status": {status}}}]')
    with pytest.raises(ResourceError, match="cannot be read: unable to load info file"):
        PROGRAM.info()


def test_of_a_second_copy_the_remedy_is_advised_where_nothing_can_be_made_of_an_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    printed(monkeypatch, "[{")
    with pytest.raises(ResourceError, match="printed no JSON") as refused:
        PgBackRest("container", "postgres-user", "look at the folder").info()
    assert refused.value.hint == "look at the folder"


def test_a_repository_that_a_wrong_key_cannot_open_is_not_an_empty_one(monkeypatch: pytest.MonkeyPatch) -> None:
    said = "[FormatError] unable to load info file 'backup.info':\nFormatError: key/value: <\u0001garbage>"
    status = {"code": 99, "message": "other"}
    repo = [{"status": {"code": 99, "message": said}}]
    answer(monkeypatch, {"name": "postgres-user", "status": status, "repo": repo, "backup": [], "db": []})
    with pytest.raises(ResourceError, match=r"cannot be read: .* unable to load info file 'backup.info'$") as refused:
        PROGRAM.info()
    assert "key" in refused.value.hint
    assert "garbage" not in refused.value.message


def test_a_stanza_without_backups_is_an_empty_one(monkeypatch: pytest.MonkeyPatch) -> None:
    found = {"name": "postgres-user", "status": {"code": 2, "message": "no valid backups"}, "backup": []}
    answer(monkeypatch, found)
    assert PROGRAM.info() == found


def test_a_stanza_of_another_name_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    answer(monkeypatch, {"name": "postgres-shared", "status": {"code": 0, "message": "ok"}})
    assert PROGRAM.info() == {}


def test_a_failure_is_reported_by_its_error_and_not_by_the_last_of_its_hints() -> None:
    said = (
        "P00  ERROR: [082]: WAL segment 000000010000000000000003 was not archived before the 60000ms timeout\n"
        "            HINT: check the archive_command to ensure that all options are correct (especially --stanza).\n"
        "            HINT: run the 'start' command if the stanza was previously stopped.\n"
    )
    reported = failure("postgres-user", "check", Ended(82, said, ""))
    assert reported.message == (
        "postgres-user: pgbackrest check: ERROR: [082]: "
        "WAL segment 000000010000000000000003 was not archived before the 60000ms timeout"
    )
    assert reported.hint.startswith("check the archive_command")


def test_a_server_that_is_not_the_repositorys_cluster_is_told_how_it_is_let_in() -> None:
    said = (
        "ERROR: [028]: backup and archive info files exist but do not match the database\n"
        "       HINT: is this the correct stanza?\n"
        "       HINT: did an error occur during stanza-upgrade?\n"
    )
    reported = failure("postgres-user", "check", Ended(28, said, ""))
    assert "pgbackrest --stanza=postgres-user stanza-upgrade" in reported.hint
