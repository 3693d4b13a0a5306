"""A whole stack on a host that is reached over TLS or SSH, and whose Docker Engine is killed while it is brought up."""

import os
import re
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.host.progress import silent
from infra.images.build import ensure_images
from infra.images.recipes import current_tags
from tests.hosts.conftest import Remote
from tests.servers.certificates import ThrowAwayAuthority
from tests.servers.sshd import sshd
from tests.servers.stack import StackUnderTest, stack
from tests.servers.swarm import engines

pytestmark = [
    pytest.mark.docker,
    pytest.mark.long,
    pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root"),
]
NAME = "aqk1"
NUMBER = 79
IMAGES = ("postgres", "redis", "minio")


@pytest.fixture(scope="module")
def far(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Remote]:
    """An engine that is a swarm of its own and has the stack's images."""
    ensure_images(IMAGES, silent)
    folder, keys = tmp_path_factory.mktemp("certificates"), tmp_path_factory.mktemp("keys")
    authority = ThrowAwayAuthority()
    server = authority.folder(folder / "server", "server", f"10.213.{NUMBER}.10")
    authority.folder(folder / "client", "client")
    files = ("--tlscacert", server / "ca.pem", "--tlscert", server / "cert.pem", "--tlskey", server / "key.pem")
    options = ["--host", "tcp://{address}:2376", "--tlsverify", *map(str, files)]
    images = [current_tags()[image] for image in IMAGES]
    with engines([NAME], images, NUMBER, options) as hosts, sshd(keys) as way:
        hosts[0].client.swarm.init(advertise_addr=hosts[0].address, listen_addr=f"{hosts[0].address}:2377")
        yield Remote(hosts[0], way, folder, authority)


@pytest.fixture(params=["tcp", "ssh"])
def there(far: Remote, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[StackUnderTest]:
    """A stack that is placed there, and not deployed."""
    with stack(tmp_path, "tk") as made:
        made.settings["hosts"] = {NAME: far.declared(request.param) | {"address": far.host.address}}
        made.settings["encryptedOverlay"] = False
        made.configure()
        yield made
        gone = made.command("destroy", "--yes")
        assert gone.returncode == 0, [line for line in gone.stderr.splitlines() if " deleted" not in line]
        assert names(far, made) == []


def names(far: Remote, made: StackUnderTest) -> list[str]:
    """The stack's containers on the host."""
    return list(far.host.containers(f"aqstream-{made.name}-"))


def test_what_a_killed_engine_left_is_completed_and_verified(there: StackUnderTest, far: Remote) -> None:
    running = there.start("up", "--yes", "--skip-verify")
    deadline = time.monotonic() + 120
    while len(names(far, there)) < 4 and time.monotonic() < deadline:
        time.sleep(0.02)
    far.host.kill()
    _, errors = running.communicate(timeout=240)
    assert running.returncode == 4, errors[-3000:]
    assert "Traceback" not in errors
    assert "defect" not in errors
    told = Counter(line.split(": ", 2)[-1] for line in errors.splitlines() if line.lstrip().startswith("error:"))
    assert any("Docker" in each for each in told), errors[-3000:]
    assert max(told.values()) <= 4, errors[-3000:]

    far.host.start()
    again = there.command("up", "--yes", timeout=300)
    assert again.returncode == 0, again.stdout[-3000:] + again.stderr[-3000:]
    assert f"VERIFIED {there.name}" in again.stdout + again.stderr
    assert "does not know it" not in again.stderr
    shown = there.command("preview", "--expect-no-changes")
    assert shown.returncode == 0, shown.stdout[-3000:]
    assert re.search(r"Nothing changes: 1\d\d resources", shown.stdout)
