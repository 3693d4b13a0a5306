"""Drift of a deployed stack: what somebody changes by hand is named, and the command that it names mends it."""

import shlex
import subprocess
from pathlib import Path

import docker
import pytest
from minio.versioningconfig import SUSPENDED, VersioningConfig

from cli.mutant_ground import ground_of
from cli.stack_access import StackAccess
from cli.verifier_access import verifier_access
from policies.mutants.ground import Ground, Login
from policies.sources.live.access import KeyPair
from policies.sources.live.cache.session import Session as CacheSession
from policies.sources.live.cache.session import client_of
from policies.sources.live.objects.session import Session
from tests.servers.stack import StackUnderTest

pytestmark = pytest.mark.docker
BUCKET = "media-images"


@pytest.fixture
def access(deployed: StackUnderTest, monkeypatch: pytest.MonkeyPatch) -> StackAccess:
    monkeypatch.setenv("XDG_CONFIG_HOME", deployed.environment["XDG_CONFIG_HOME"])
    return StackAccess(deployed.name, deployed.config_file, Path(deployed.environment["AQDATA_BACKEND"]))


def test_changes_by_hand_are_named_and_mended(deployed: StackUnderTest, access: StackAccess) -> None:
    healthy = deployed.command("drift")
    assert healthy.returncode == 0, healthy.stdout
    break_by_hand(deployed, access)
    found = deployed.command("drift")
    assert found.returncode == 1, found.stderr
    for said in (
        "redis/media_service keys\n  cache users: declared no more, found ~aqstream:payment:*",
        f"minio/{BUCKET} versioning\n  buckets: declared True, found False",
        "postgres-user user_service.organizations\n  grants: declared no more, found user_service_readonly=DELETE",
        f"aqstream-{deployed.name}-redis-cache memory\n  containers: declared {192 << 20}, found {256 << 20}",
        "state and what runs: declared memory, memorySwap as it was deployed, found memory, memorySwap changed since",
        'psql -U postgres -d aqstream -c "REVOKE DELETE ON user_service.organizations FROM user_service_readonly;"',
        f"mend: aqdata up --stack {deployed.name} --refresh",
    ):
        assert said in found.stdout
    for line in found.stdout.splitlines():
        if "mend: docker exec" in line:
            subprocess.run(shlex.split(line.partition("mend: ")[2]), check=True, capture_output=True)
    mended = deployed.command("up", "--skip-verify", "--refresh")
    assert mended.returncode == 0, mended.stderr
    again = deployed.command("drift")
    assert again.returncode == 0, again.stdout


def break_by_hand(deployed: StackUnderTest, access: StackAccess) -> None:
    ground = ground_of(access)
    with verifier_access(access.intent, access.outputs()) as verifier:
        login = of(ground, "redis")
        cache = CacheSession(client_of(verifier, "redis", login.user, login.secret))
        cache.run("ACL", "SETUSER", "media_service", "~aqstream:payment:*")
        cache.close()
        store = of(ground, "minio")
        Session(verifier, KeyPair(store.user, store.secret)).s3.set_bucket_versioning(
            BUCKET, VersioningConfig(SUSPENDED)
        )
    docker.from_env().api.update_container(deployed.container("redis-cache").id, mem_limit="256m", memswap_limit="256m")
    grant = "GRANT DELETE ON user_service.organizations TO user_service_readonly"
    done = deployed.container("postgres-user").exec_run(
        ["psql", "--username=postgres", "--dbname=aqstream", "--command", grant]
    )
    assert done.exit_code == 0, done.output


def of(ground: Ground, server: str) -> Login:
    """Whoever provisions the server."""
    return next(login for name, login in ground.provisioners.items() if name.startswith(server))
