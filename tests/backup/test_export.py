"""An exported repository is a whole second copy: pgBackRest verifies it and restores from it."""

from pathlib import Path

import pytest

from tests.backup.on_stack import BUCKET, INSTANCE, await_archived, await_full, execute, packed, store, switch_wal
from tests.servers.minio import TestMinio
from tests.servers.stack import StackUnderTest

pytestmark = pytest.mark.docker
HOME = "/var/lib/postgresql"


@pytest.mark.long
def test_an_exported_repository_is_verified_and_restored_from(backed_up: StackUnderTest, tmp_path: Path) -> None:
    await_full(backed_up)
    await_archived(backed_up, switch_wal(backed_up))
    exported = backed_up.command("backup", "export", "-i", INSTANCE, "--to", str(tmp_path))
    assert exported.returncode == 0, exported.stderr
    backed_up.container(INSTANCE).put_archive(HOME, packed(tmp_path, "exported"))
    where = ["--repo1-type=posix", f"--repo1-path={HOME}/exported/{INSTANCE}"]
    program = ["pgbackrest", f"--stanza={INSTANCE}", *where]
    try:
        code, verified = execute(backed_up, [*program, "verify", "--output=text", "--verbose"])
        assert (code, "status: ok" in verified) == (0, True), verified
        code, said = execute(backed_up, [*program, f"--pg1-path={HOME}/from-export", "restore"])
        assert code == 0, said
        assert execute(backed_up, ["cat", f"{HOME}/from-export/PG_VERSION"]) == (0, "17\n")
    finally:
        execute(backed_up, ["rm", "-rf", f"{HOME}/exported", f"{HOME}/from-export"])


def test_a_second_export_copies_what_is_new_and_prunes_when_asked(backed_up: StackUnderTest, tmp_path: Path) -> None:
    await_full(backed_up)
    export = ("backup", "export", "-i", INSTANCE, "--to", str(tmp_path))
    backed_up.command(*export)
    stray = tmp_path / INSTANCE / "archive" / "stray"
    stray.write_text("left by retention")
    await_archived(backed_up, switch_wal(backed_up))
    again = backed_up.command(*export, "--prune")
    assert again.returncode == 0, again.stderr
    assert "1 removed" in again.stdout
    assert not stray.exists()
    there = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}
    listed = store(backed_up).list_objects(BUCKET, f"{INSTANCE}/", recursive=True)
    assert there == {str(each.object_name) for each in listed}


def test_an_export_to_another_store_has_the_same_objects(
    backed_up: StackUnderTest, minio: TestMinio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await_full(backed_up)
    user = f"pgbackrest-{INSTANCE}"
    monkeypatch.setenv("AQDATA_EXPORT_ACCESS_KEY", user)
    monkeypatch.setenv("AQDATA_EXPORT_SECRET_KEY", minio.secrets[user])
    authority = tmp_path / "authority.pem"
    authority.write_text(minio.authority.certificate)
    to = f"s3://localhost:{minio.server.port}/{BUCKET}"
    exported = backed_up.command("backup", "export", "-i", INSTANCE, "--to", to, "--authority", str(authority))
    assert exported.returncode == 0, exported.stderr
    here, there = (
        {each.object_name for each in client.list_objects(BUCKET, f"{INSTANCE}/backup/", recursive=True)}
        for client in (store(backed_up), minio.s3(user))
    )
    assert here == there


@pytest.mark.parametrize(
    ("to", "word"),
    [
        ("s3://", "with a host and a bucket"),
        ("s3://host/", "a bucket"),
        ("s3://host/bucket", "no keys"),
        ("s3://host:port/bucket", "'port'"),
        ("s3://host/b", "invalid bucket name b"),
        ("sftp://host/folder", "expected a folder, or s3://"),
    ],
)
def test_a_destination_that_is_none_is_refused(backed_up: StackUnderTest, to: str, word: str) -> None:
    refused = backed_up.command("backup", "export", "--to", to)
    assert refused.returncode == 2
    assert word in refused.stderr


def test_a_store_that_refuses_or_does_not_answer_is_named(
    backed_up: StackUnderTest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AQDATA_EXPORT_ACCESS_KEY", "unknown")
    monkeypatch.setenv("AQDATA_EXPORT_SECRET_KEY", "to-that-store")
    outputs = backed_up.outputs()
    authority = tmp_path / "authority.pem"
    authority.write_text(outputs["authority"])
    for port, reason in ((outputs["endpoints"]["minio"]["port"], "InvalidAccessKeyId"), (1, "refused")):
        to = f"s3://127.0.0.1:{port}/elsewhere"
        refused = backed_up.command("backup", "export", "-i", INSTANCE, "--to", to, "--authority", str(authority))
        assert refused.returncode == 4
        assert refused.stderr.startswith(f"error: {to}: ")
        assert reason in refused.stderr


def test_an_authority_that_is_no_certificate_is_refused(
    backed_up: StackUnderTest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AQDATA_EXPORT_ACCESS_KEY", "any")
    monkeypatch.setenv("AQDATA_EXPORT_SECRET_KEY", "any-secret")
    (tmp_path / "authority.pem").write_text("no certificate")
    authority = str(tmp_path / "authority.pem")
    refused = backed_up.command("backup", "export", "--to", "s3://localhost:1/elsewhere", "--authority", authority)
    assert refused.returncode == 2
    assert refused.stderr.startswith(f"error: --authority {authority}: ")
