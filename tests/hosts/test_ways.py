"""What works on another machine's Docker Engine over TLS works over SSH, and the other way round."""

import asyncio
import os
import secrets
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from docker.errors import NotFound
from pulumi.provider.experimental import provider as protocol

from infra.engine.embedded.docker.property_values import boxed
from infra.host.docker_api import engine, place
from infra.model.docker_engine import connect
from infra.model.hosts import Host
from infra.model.loading import load_stack
from infra.provider.plugin import AqstreamProvider
from infra.provider.values import plain_all, wire
from policies.sources.live.containers import read_containers
from policies.sources.live.engines import answering_engines, connect_engines, engine_of
from tests.engine.docker.conftest import Resources
from tests.hosts.conftest import IMAGE, Remote
from tests.servers.container import free_port

pytestmark = [pytest.mark.docker, pytest.mark.usefixtures("remote")]
_URN = "urn:pulumi:t::aqstream::{}::x"
_ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(params=["tcp", "ssh"])
def way(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def there(remote: Remote, way: str) -> Resources:
    """The embedded engine's Docker provider, configured for the other machine as the program does it."""
    made = Resources(f"t-way-{secrets.token_hex(4)}")
    found = remote.declared(way)
    values = {"host": found["docker"], "certPath": found.get("certPath", "")}
    if "sshConfig" in found:
        values["sshOpts"] = ["-F", found["sshConfig"]]  # type: ignore[assignment]
    arguments = {name: boxed(value) for name, value in values.items() if value}
    asyncio.run(made.provider.configure(protocol.ConfigureRequest({}, arguments, True, True)))
    return made


def test_the_docker_provider_makes_reads_and_deletes(there: Resources, remote: Remote, image: str) -> None:
    declared: dict[str, Any] = {"name": there.name("c"), "image": image, "command": ["sleep", "600"]}
    identifier, state = there.create("container", **declared)
    assert remote.host.client.containers.get(identifier).status == "running"
    assert there.read("container", identifier, state, **declared)[0] == identifier
    there.delete("container", identifier, state)
    with pytest.raises(NotFound):
        remote.host.client.containers.get(identifier)


def test_our_own_resources_work_where_their_host_says(remote: Remote, way: str) -> None:
    client, name = remote.host.client, f"t-way-{secrets.token_hex(4)}"
    client.volumes.create(name)
    container = client.containers.create(IMAGE, ["sleep", "600"], name=name, volumes=[f"{name}:/v:ro"])
    try:
        files = {"volume": name, "image": IMAGE, "files": {"a/b": "written"}, "uid": 1, "gid": 1}
        assert _created("aqstream:docker:Files", files | {"host": remote.declared(way)})["volume"] == name
        limit = {"container": container.id, "pids": 32}
        _created("aqstream:docker:PidsLimit", limit | {"host": remote.declared(way)})
        container.start()
        assert container.exec_run(["cat", "/v/a/b"]).output == b"written"
        container.reload()
        assert container.attrs["HostConfig"]["PidsLimit"] == 32
    finally:
        container.remove(force=True)
        client.volumes.get(name).remove()


def test_verification_reads_containers_there(remote: Remote, way: str) -> None:
    stack = load_stack("dev")
    declared = Host.model_validate(remote.declared(way) | {"address": remote.host.address})
    placed = stack.model_copy(update={"hosts": {"db1": declared}})
    name = placed.physical(f"way-{secrets.token_hex(4)}")
    container = remote.host.client.containers.run(IMAGE, ["sleep", "600"], name=name, detach=True)
    try:
        (client,) = connect_engines(placed).values()
        assert [found.name for found in read_containers(client, name, ())] == [name]
        with engine_of(placed, name) as one:
            assert one.inspect_container(name)["Name"] == f"/{name}"
    finally:
        container.remove(force=True)


def test_commands_and_what_they_print_pass(remote: Remote, way: str) -> None:
    container = remote.host.client.containers.run(IMAGE, ["sleep", "600"], detach=True)
    place(str(container.name), remote.address(way))
    try:
        with engine("a test", on=str(container.name)) as client:
            found = client.containers.get(str(container.id)).exec_run(["sh", "-c", "echo one; echo two >&2; exit 3"])
        assert isinstance(found.output, bytes)
        assert (found.exit_code, sorted(found.output.split())) == (3, [b"one", b"two"])
    finally:
        container.remove(force=True)


def test_many_connections_share_one_ssh_and_no_key_is_in_its_arguments(remote: Remote) -> None:
    clients = [connect(remote.address("ssh"), 30) for _ in range(5)]
    assert all(client.ping() for client in clients)
    engine_socket = remote.host.socket.removeprefix("unix://")
    (arguments,) = (each for each in _ssh_processes(os.getpid()) if any(engine_socket in part for part in each))
    assert remote.ssh.configuration in arguments
    assert not any("user" in part and str(remote.ssh.folder) in part for part in arguments)


def test_ssh_ends_with_a_process_that_was_killed(remote: Remote) -> None:
    address = remote.address("ssh")
    script = (
        "import time; from infra.model.docker_engine import *\n"
        f"connect({address!r}, 30).ping(); print('up', flush=True); time.sleep(60)"
    )
    command = [sys.executable, "-c", script]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=_ROOT) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"up\n"
        pids = _children(process.pid)
        process.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 10
    while any(_is_alive(pid) for pid in pids) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert pids
    assert not any(_is_alive(pid) for pid in pids)


def _created(token: str, values: dict[str, Any]) -> dict[str, Any]:
    inputs = {name: wire(value, secret=False) for name, value in values.items()}
    request = protocol.CreateRequest(_URN.format(token), inputs, 0, False)
    return plain_all(asyncio.run(AqstreamProvider().create(request)).properties)


def _ssh_processes(parent: int) -> list[list[str]]:
    commands = [Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0") for pid in _children(parent)]
    return [command for command in commands if command[0] == "ssh"]


def _children(parent: int) -> list[int]:
    tasks = Path(f"/proc/{parent}/task").glob("*/children")
    return [int(pid) for task in tasks for pid in task.read_text().split()]


def _is_alive(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists() and "Z" not in Path(f"/proc/{pid}/stat").read_text().split()[2]


def test_a_silent_host_takes_away_its_own_evidence_only(remote: Remote) -> None:
    stack = load_stack("dev")
    answering = Host.model_validate(remote.declared("tcp") | {"address": remote.host.address})
    silent = Host.model_validate({"docker": f"ssh://root@127.0.0.1:{free_port()}", "address": "127.0.0.1"})
    engines, unread = answering_engines(stack.model_copy(update={"hosts": {"db1": answering, "db2": silent}}))
    assert list(engines) == ["db1"]
    assert "cannot connect to Docker" in unread["db2"].message
