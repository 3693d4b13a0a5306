"""What backup tests do to a deployed stack: run things in its containers, and touch objects of its repository."""

import io
import json
import secrets
import tarfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import docker
import urllib3
from docker.models.containers import Container
from minio import Minio

from tests.servers.stack import StackUnderTest

INSTANCE = "postgres-user"
BUCKET = "backups"


def execute(stack: StackUnderTest, command: list[str], **options: Any) -> tuple[int, str]:
    """Exit code and output of a command in the instance's container."""
    ended = stack.container(INSTANCE).exec_run(command, **options)
    return int(ended.exit_code), ended.output.decode(errors="replace")


def query(stack: StackUnderTest, statement: str) -> str:
    """What the superuser is answered in the database `postgres`."""
    code, output = execute(stack, ["psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-d", "postgres", "-c", statement])
    assert code == 0, output
    return output.strip()


def switch_wal(stack: StackUnderTest) -> str:
    """Write something, end the WAL segment; its name."""
    return query(stack, "SELECT pg_logical_emit_message(true, 'test', 'x'), pg_walfile_name(pg_switch_wal())").split(
        "|"
    )[-1]


def await_archived(stack: StackUnderTest, segment: str, seconds: float = 60) -> float:
    """How long it took until the segment was in the repository."""
    started = time.monotonic()
    while query(stack, f"SELECT last_archived_wal >= '{segment}' FROM pg_stat_archiver") != "t":
        assert time.monotonic() < started + seconds, f"{segment} was not archived"
        time.sleep(0.1)
    return time.monotonic() - started


def await_full(stack: StackUnderTest) -> None:
    """Until the scheduler has made the first full."""
    deadline = time.monotonic() + 180
    while not window(stack)["spans"]:
        assert time.monotonic() < deadline
        time.sleep(1)


def make_full(stack: StackUnderTest) -> None:
    """A full backup of the instance; one that the scheduler makes at this moment is waited for."""
    deadline = time.monotonic() + 60
    while (ended := stack.command("backup", "run", "-i", INSTANCE)).returncode:
        assert "lock" in ended.stderr, ended.stderr
        assert time.monotonic() < deadline, ended.stderr
        time.sleep(1)


def window(stack: StackUnderTest, *more: str) -> dict[str, Any]:
    """What `aqdata backup window` says of the instance."""
    shown = stack.command("backup", "window", "--json", "-i", INSTANCE, *more)
    assert shown.returncode == 0, shown.stderr
    found: dict[str, Any] = json.loads(shown.stdout)[0]
    return found


def findings(stack: StackUnderTest, rule: str) -> list[str]:
    """What the rule finds on the instance."""
    report = stack.command("verify", "--plane", "live", "--only", rule, "--format", "json")
    found = json.loads(report.stdout)["findings"]
    return [each["message"] for each in found if each["object"].startswith(INSTANCE)]


def archive(stack: StackUnderTest) -> str:
    """End a segment and see it in the repository, in a second of its own; its name."""
    segment = switch_wal(stack)
    await_archived(stack, segment, seconds=180)
    time.sleep(1.1)
    return segment


def store(stack: StackUnderTest) -> Minio:
    """The object store as the instance's own login sees it."""
    return s3_client(stack, stack.outputs()["storageCredentials"]["s3"]["backups"][INSTANCE])


def s3_client(stack: StackUnderTest, login: Mapping[str, str]) -> Minio:
    """The object store as a login of the outputs sees it."""
    outputs = stack.outputs()
    endpoint = outputs["endpoints"]["minio"]
    authority = stack.folder / "authority.pem"
    authority.write_text(outputs["authority"])
    return Minio(
        f"{endpoint['host']}:{endpoint['port']}",
        login["accessKey"],
        login["secretKey"],
        region="us-east-1",
        http_client=urllib3.PoolManager(ca_certs=str(authority)),
    )


def write_rows(stack: StackUnderTest, label: str, count: int) -> None:
    """Commit rows that restores are judged by."""
    query(stack, "CREATE TABLE IF NOT EXISTS public.proof (label text)")
    query(stack, f"INSERT INTO public.proof SELECT '{label}' FROM generate_series(1, {count})")


def row_count(stack: StackUnderTest, label: str) -> int:
    """How many of them there are."""
    return int(query(stack, f"SELECT count(*) FROM public.proof WHERE label = '{label}'"))


def in_place(stack: StackUnderTest) -> tuple[str, str, str]:
    """The options of a restore in place, with the name that it asks for."""
    return "--in-place", "--confirm", str(stack.container(INSTANCE).name)


def restore_point(stack: StackUnderTest) -> str:
    """Name this moment; the name."""
    name = f"point-{secrets.token_hex(4)}"
    query(stack, f"SELECT pg_create_restore_point('{name}')")
    return name


@contextmanager
def copy_at(stack: StackUnderTest, moment: str, *more: str) -> Iterator[Container]:
    """A copy restored to the moment, removed afterwards."""
    known = set(stack.leftovers())
    restored = stack.command("restore", "-i", INSTANCE, "--to", moment, *more, timeout=300)
    assert restored.returncode == 0, restored.stderr
    (name,) = [each for each in stack.leftovers() if each not in known and not each.endswith("-data")]
    client = docker.from_env()
    try:
        yield client.containers.get(name)
    finally:
        client.containers.get(name).remove(force=True)
        client.volumes.get(f"{name}-data").remove()


def count_in(copy: Container, label: str) -> int:
    """How many rows of that label a copy has."""
    statement = f"SELECT count(*) FROM public.proof WHERE label = '{label}'"
    output: Any = copy.exec_run(["psql", "-XqAt", "-d", "postgres", "-c", statement]).output
    return int(output)


def packed(folder: Path, name: str) -> bytes:
    """The folder as a tar for the container's own user."""

    def owned(member: tarfile.TarInfo) -> tarfile.TarInfo:
        member.uid = member.gid = 999
        return member

    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        tar.add(folder, name, filter=owned)
    return buffer.getvalue()
