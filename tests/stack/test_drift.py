"""Drift of a deployed stack: what somebody changes by hand is named, and the command that it names mends it."""

import subprocess
from pathlib import Path

import docker
import pytest
from docker.models.containers import Container
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
STATEMENTS = (
    "GRANT DELETE ON user_service.organizations TO user_service_readonly",
    "ALTER ROLE user_service_app CREATEDB CONNECTION LIMIT 3",
    "ALTER ROLE user_service_app SET search_path = public",
    "ALTER DATABASE aqstream SET maintenance_work_mem = '9MB'",
    "GRANT user_service_readonly TO user_service_app",
    "ALTER DEFAULT PRIVILEGES FOR ROLE user_service_owner GRANT EXECUTE ON FUNCTIONS TO PUBLIC",
    "ALTER DEFAULT PRIVILEGES FOR ROLE user_service_owner IN SCHEMA user_service GRANT ALL ON TABLES TO PUBLIC",
    "ALTER TABLE user_service.organizations NO FORCE ROW LEVEL SECURITY",
    "DROP POLICY tenant_isolation ON user_service.organizations",
    "CREATE POLICY open_all ON user_service.organizations FOR SELECT USING (true)",
    "ALTER SYSTEM SET work_mem = '3MB'",
    "SELECT pg_reload_conf()",
)


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
        "psql -U postgres -d aqstream -c 'REVOKE DELETE ON user_service.organizations FROM user_service_readonly'",
        "postgres-user user_service_app\n  role attributes: declared login=True superuser=False bypassrls=False "
        "replication=False createrole=False createdb=False inherit=True limit=20, found login=True superuser=False "
        "bypassrls=False replication=False createrole=False createdb=True inherit=True limit=3",
        "postgres-user user_service_app in user_service_readonly\n  memberships: declared nothing",
        "postgres-user user_service_app: search_path\n  role settings: declared user_service, extensions, pg_temp",
        "postgres-user functions of user_service_owner in every schema\n  default privileges: declared",
        "policies=['tenant_isolation for all to public'], found table of user_service_owner, row security=True, "
        "forced=False, policies=['open_all for select to public']",
        "postgres-user work_mem\n  settings: declared 4MB, found 3072",
        f"mend: aqdata up --stack {deployed.name} --refresh",
    ):
        assert said in found.stdout
    mend_databases(found.stdout)
    mended = deployed.command("up", "--skip-verify", "--refresh")
    assert mended.returncode == 0, mended.stderr
    again = deployed.command("drift")
    assert again.returncode == 0, again.stdout


def test_a_lost_role_comes_back_with_its_password(deployed: StackUnderTest) -> None:
    lost = ("DROP OWNED BY media_service_readonly", "DROP ROLE media_service_readonly")
    psql(deployed.container("postgres-shared"), *lost)
    found = deployed.command("drift").stdout
    assert f"mend: aqdata up --stack {deployed.name} --replace postgres-shared-database" in found
    replaced = deployed.command("up", "--skip-verify", "--replace", "postgres-shared-database")
    assert replaced.returncode == 0, replaced.stderr
    mend_databases(deployed.command("drift").stdout)
    again = deployed.command("drift")
    assert again.returncode == 0, again.stdout
    verified = deployed.command("verify", "--plane", "live")
    assert verified.returncode == 0, verified.stdout


def test_what_cannot_be_read_back_hides_no_difference(deployed: StackUnderTest) -> None:
    postgres = deployed.container("postgres-user")
    owner = "user_service_owner {} user_service_migrator"
    psql(postgres, f"REVOKE {owner.format('FROM')}")
    try:
        found = deployed.command("drift")
        assert found.returncode == 3
        assert 'permission denied to set role "user_service_owner"' in found.stderr
        assert "postgres-user user_service_migrator in user_service_owner" in found.stdout
    finally:
        psql(postgres, f"GRANT {owner.format('TO')} WITH INHERIT FALSE, SET TRUE, ADMIN FALSE")


def psql(postgres: Container, *statements: str) -> None:
    """Run them as superuser, each in a transaction of its own."""
    told = [argument for statement in statements for argument in ("--command", statement)]
    done = postgres.exec_run(["psql", "--username=postgres", "--dbname=aqstream", *told])
    assert done.exit_code == 0, done.output


def mend_databases(drift: str) -> None:
    """Run every command that it names for a database."""
    for line in drift.splitlines():
        if "mend: docker exec" in line or "mend: for node in" in line:
            subprocess.run(["sh", "-ec", line.partition("mend: ")[2]], check=True, capture_output=True)


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
    psql(deployed.container("postgres-user"), *STATEMENTS)


def of(ground: Ground, server: str) -> Login:
    """Whoever provisions the server."""
    return next(login for name, login in ground.provisioners.items() if name.startswith(server))
