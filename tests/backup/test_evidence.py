"""Drill reports vouch for each other: whatever is removed or edited shows."""

import json
import os
import time
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from infra.backup.drill.evidence import keep
from infra.backup.drill.report import DrillReport, Judgement
from infra.backup.drill.signature import SigningKey, signature_of, unsigned
from infra.model.errors import ConfigurationError, ResourceError
from infra.model.recovery.evidence import Evidence, broken_links, last_passed, of_data, read_chain

DAY = 86400
FIRST_OF_MARCH = 1_772_323_200
CLUSTER = "7412345678901234567"


def report(day: int, *, passed: bool = True) -> DrillReport:
    moment = f"2026-03-0{day}T00:00:00+00:00"
    made = DrillReport("dev", "postgres-user", moment, finished=moment, cluster=CLUSTER)
    made.judgements.append(Judgement("markers", passed, ""))
    return made


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for day in range(1, 5):
        keep(report(day), tmp_path)
    return tmp_path


def files(folder: Path) -> list[Path]:
    return [each.path for each in read_chain(folder)]


def passed(folder: Path, instance: str = "postgres-user", cluster: str = CLUSTER) -> Evidence | None:
    return last_passed(of_data(read_chain(folder), instance, cluster))


def problems(folder: Path) -> list[str]:
    return broken_links(read_chain(folder))


def test_an_untouched_chain_is_whole(folder: Path) -> None:
    assert len(files(folder)) == 4
    assert problems(folder) == []


def test_an_edited_report_shows_in_the_next_one(folder: Path) -> None:
    path = files(folder)[1]
    path.write_text(path.read_text().replace('"passed": true', '"passed": false'))
    assert problems(folder) == ["000003-postgres-user.json: the report before it was changed or removed"]


def test_a_removed_report_shows(folder: Path) -> None:
    files(folder)[1].unlink()
    assert any("is missing" in problem for problem in problems(folder))


def test_a_report_after_a_removed_one_takes_no_number_that_there_is(folder: Path) -> None:
    files(folder)[1].unlink()
    before = {path: path.read_bytes() for path in files(folder)}
    kept = keep(report(5), folder)
    assert kept.name == "000005-postgres-user.json"
    assert {path: path.read_bytes() for path in before} == before
    assert [problem for problem in problems(folder) if kept.name in problem] == []
    assert problems(folder)


def test_a_report_is_never_half_there(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", fails)
    with pytest.raises(ResourceError, match=r"postgres-user's drill is not kept: .*no space"):
        keep(report(5), folder)
    assert problems(folder) == []
    assert len(files(folder)) == 4


def fails(_: int) -> None:
    raise OSError("no space")


def test_the_millionth_report_follows_the_one_before_it(folder: Path) -> None:
    last = files(folder)[-1]
    last.rename(last.with_name("999999-postgres-user.json"))
    assert keep(report(5), folder) == files(folder)[-1]


def rewrite(path: Path, **changes: object) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def test_a_report_that_was_kept_before_the_one_before_it_shows(folder: Path) -> None:
    rewrite(keep(report(5), folder), kept="2026-02-28T00:00:00+00:00", finished="2026-02-28T00:00:00+00:00")
    assert problems(folder) == ["000005-postgres-user.json: it says that it was kept before the report before it"]


def test_a_drill_that_ended_after_its_report_was_kept_shows(folder: Path) -> None:
    rewrite(keep(report(5), folder), finished="9999-01-01T00:00:00+00:00")
    assert problems(folder) == ["000005-postgres-user.json: it says that it ended after it was kept"]


def test_drills_of_two_commands_are_kept_whichever_ends_first(folder: Path) -> None:
    for day in (8, 6, 7):
        keep(report(day), folder)
    assert problems(folder) == []
    assert [each.finished for each in read_chain(folder)[4:]] == [FIRST_OF_MARCH + day * DAY for day in (7, 5, 6)]


def test_a_clock_that_ran_ahead_and_is_put_back_breaks_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for moment in (2 * FIRST_OF_MARCH, 2 * FIRST_OF_MARCH - 1, 0):
        monkeypatch.setattr(time, "time", lambda moment=moment: float(moment))
        keep(report(5), folder)
    assert problems(folder) == []
    assert {each.kept for each in read_chain(folder)[4:]} == {2 * FIRST_OF_MARCH}


def test_a_drill_that_ended_while_the_clock_ran_ahead_breaks_nothing(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "time", lambda: 0.0)
    for day in (9, 5):
        keep(report(day), folder)
    assert problems(folder) == []


def test_a_report_that_does_not_say_when_it_was_kept_was_when_its_drill_ended(folder: Path) -> None:
    path = files(folder)[-1]
    found = json.loads(path.read_text())
    del found["kept"]
    path.write_text(json.dumps(found))
    assert read_chain(folder)[-1].kept == FIRST_OF_MARCH + 3 * DAY
    keep(report(2), folder)
    assert [problem for problem in problems(folder) if "000005" in problem] == []


def test_the_newest_passed_drill_is_dated_by_its_report_and_not_by_its_file(folder: Path) -> None:
    keep(report(5, passed=False), folder)
    for path in files(folder):
        os.utime(path, (0, 0))
    newest = passed(folder)
    assert newest is not None
    assert newest.finished == FIRST_OF_MARCH + 3 * DAY
    assert passed(folder, "postgres-shared") is None


def test_a_drill_of_a_cluster_that_is_gone_proves_nothing_of_the_next(folder: Path) -> None:
    assert passed(folder, cluster="7499999999999999999") is None
    assert passed(folder, cluster="") is None


def test_a_drill_counts_while_one_of_several_nodes_has_its_data(folder: Path) -> None:
    chain = read_chain(folder)
    assert len(of_data(chain, "postgres-user", "7499999999999999999", CLUSTER)) == 4
    assert of_data(chain, "postgres-user") == []


def test_what_is_no_report_has_not_passed(folder: Path) -> None:
    for path in files(folder):
        path.write_text("{half")
    assert passed(folder) is None
    assert problems(folder)


def test_a_report_without_judgements_has_not_passed() -> None:
    assert not DrillReport("dev", "postgres-user", "2026-03-01T00:00:00+00:00").passed


@pytest.fixture
def keys(tmp_path: Path) -> tuple[Path, Path]:
    """Files of a private and its public key."""
    key, folder = Ed25519PrivateKey.generate(), tmp_path / "keys"
    folder.mkdir()
    private, public = folder / "drill.key", folder / "drill.pub"
    private.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    public.write_bytes(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    return private, public


def test_a_signed_report_is_of_its_key_and_of_its_text(tmp_path: Path, keys: tuple[Path, Path]) -> None:
    private, public = keys
    path = keep(report(1), tmp_path, SigningKey(private))
    assert unsigned([path], public) == []
    path.write_text(path.read_text() + " ")
    assert unsigned([path], public) == [
        "000001-postgres-user.json: its signature is not of this key or not of this text"
    ]
    signature_of(path).unlink()
    assert unsigned([path], public) == ["000001-postgres-user.json: it is not signed"]


@pytest.mark.parametrize("content", [b"", b"no key", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"])
def test_what_is_no_key_is_refused_with_how_to_make_one(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "drill.key"
    file.write_bytes(content)
    with pytest.raises(ConfigurationError, match="Ed25519") as refused:
        SigningKey(file)
    assert "openssl genpkey" in refused.value.hint
    with pytest.raises(ConfigurationError, match="Ed25519"):
        unsigned([], file)


def test_a_missing_key_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="No such file"):
        SigningKey(tmp_path / "nowhere")
