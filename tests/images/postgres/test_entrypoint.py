"""The PostgreSQL image: a first start makes a whole cluster or none, and later starts keep it."""

import secrets
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import docker
import psycopg
import pytest
from docker.errors import APIError
from docker.models.containers import Container

from infra.host.progress import silent
from infra.images.build import ensure_images
from infra.provider.files import FilesInputs, FilesType
from tests.servers.container import LABEL, UID, free_port

pytestmark = pytest.mark.docker

PASSWORD = secrets.token_hex(16)
FILES = {
    "postgresql.conf": "listen_addresses = '*'\n",
    "pg_hba.conf": "local all all peer\nhost all all all scram-sha-256\n",
    "secrets/superuser-password": PASSWORD,
}


class Server:
    """A container of the image with its volumes; `start` makes a new one on the same volumes."""

    def __init__(self, client: docker.DockerClient) -> None:
        self._client = client
        self.name = f"t-pgimage-{secrets.token_hex(4)}"
        self.port = free_port()
        self.image = ensure_images(["postgres"], silent)["postgres"]
        self._volumes = [client.volumes.create(f"{self.name}-{kind}") for kind in ("config", "data")]
        FilesType().create(FilesInputs(volume=f"{self.name}-config", image=self.image, files=FILES, uid=UID, gid=UID))

    def start(self, **options: Any) -> Container:
        """Run the image hardened, as a stack does."""
        self.remove_container()
        return self._client.containers.run(
            self.image,
            name=self.name,
            labels={LABEL: self.name},
            detach=True,
            user=f"{UID}:{UID}",
            read_only=True,
            cap_drop=["ALL"],
            security_opt=["no-new-privileges:true"],
            tmpfs={"/tmp": "size=64m", "/run/postgresql": f"uid={UID},gid={UID}"},  # noqa: S108 the container's own
            volumes={
                f"{self.name}-config": _bound("/etc/aqstream", "ro"),
                f"{self.name}-data": _bound("/var/lib/postgresql"),
            },
            ports={"5432/tcp": ("127.0.0.1", self.port)},
            **options,
        )

    def query(self, statement: str, seconds: float = 30) -> Any:
        """The first row, as soon as the server answers over TCP."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                with psycopg.connect(
                    host="127.0.0.1", port=self.port, user="postgres", password=PASSWORD, connect_timeout=2
                ) as connection:
                    return connection.execute(statement).fetchone()
            except psycopg.OperationalError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)

    def remove_container(self) -> None:
        for container in self._client.containers.list(all=True, filters={"label": f"{LABEL}={self.name}"}):
            container.remove(force=True, v=True)

    def remove(self) -> None:
        self.remove_container()
        for volume in self._volumes:
            volume.remove(force=True)


@pytest.fixture
def server() -> Iterator[Server]:
    client = docker.from_env()
    server = Server(client)
    try:
        yield server
    finally:
        server.remove()
        client.close()


def _bound(path: str, mode: str = "rw") -> dict[str, str]:
    return {"bind": path, "mode": mode}


def test_a_fresh_volume_becomes_a_checksummed_cluster_with_a_builtin_locale(server: Server) -> None:
    server.start()
    assert server.query("SHOW data_checksums") == ("on",)
    locale = "datlocprovider::text, datlocale, pg_encoding_to_char(encoding)"
    template = f"SELECT {locale} FROM pg_database WHERE datname = 'template1'"
    assert server.query(template) == ("b", "C.UTF-8", "UTF8")


def test_a_second_start_keeps_the_cluster(server: Server) -> None:
    server.start()
    first = server.query("SELECT system_identifier FROM pg_control_system()")
    server.start()
    assert server.query("SELECT system_identifier FROM pg_control_system()") == first


@pytest.mark.parametrize("moment", [0.1, 0.3, 0.5, 0.7])
def test_a_kill_during_the_first_start_never_leaves_half_a_cluster(server: Server, moment: float) -> None:
    container = server.start()
    time.sleep(moment)
    with suppress(APIError):
        container.kill("SIGKILL")
    server.start()
    assert server.query("SELECT count(*) > 50 FROM pg_proc") == (True,)


def test_stop_is_a_clean_shutdown(server: Server) -> None:
    container = server.start()
    server.query("SELECT 1")
    container.stop(timeout=10)
    assert container.wait()["StatusCode"] == 0
    assert b"database system is shut down" in container.logs()


def test_a_data_folder_without_a_cluster_is_refused(server: Server) -> None:
    container = server.start(entrypoint=["mkdir", "/var/lib/postgresql/data"])
    assert container.wait()["StatusCode"] == 0
    container = server.start()
    assert container.wait()["StatusCode"] == 1
    assert b"holds no cluster" in container.logs()


def test_the_copy_that_a_killed_restore_check_left_is_gone(server: Server) -> None:
    assert server.start(entrypoint=["mkdir", "/var/lib/postgresql/restore-check"]).wait()["StatusCode"] == 0
    container = server.start()
    server.query("SELECT 1")
    assert b"restore-check" not in container.exec_run(["ls", "/var/lib/postgresql"]).output


def test_the_extensions_of_the_stacks_are_installed(server: Server) -> None:
    server.start()
    names = "'timescaledb', 'pgaudit', 'amcheck'"
    assert server.query(f"SELECT count(*) FROM pg_available_extensions WHERE name IN ({names})") == (3,)


@pytest.mark.parametrize("tool", ["pgbackrest version", "patroni --version", "supercronic -version"])
def test_the_tools_of_production_are_installed(tool: str) -> None:
    client = docker.from_env()
    image = ensure_images(["postgres"], silent)["postgres"]
    command, *arguments = tool.split()
    assert client.containers.run(image, arguments, entrypoint=command, remove=True, stderr=True)
    client.close()
