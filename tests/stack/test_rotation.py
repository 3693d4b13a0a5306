"""New passwords for everybody who logs in to a plain instance."""

import pytest

from tests.servers.stack import StackUnderTest

pytestmark = pytest.mark.docker

NAME = "postgres-user"
LOGINS = ("postgres", "verifier", "backup", "user_service_app", "user_service_readonly", "user_service_migrator")


def test_a_plain_instance_gets_new_passwords_and_everybody_still_gets_in(deployed: StackUnderTest) -> None:
    before = deployed.outputs()["credentials"]["user_service"]["postgres"]
    chosen = [argument for login in LOGINS for argument in ("--replace", f"**Password::{NAME}-{login}")]
    up = deployed.command("up", "--skip-verify", *chosen)
    assert up.returncode == 0, up.stderr
    after = deployed.outputs()["credentials"]["user_service"]["postgres"]
    assert not before.items() & after.items()
    again = deployed.command("preview")
    assert "Nothing changes" in again.stdout, again.stdout
    verified = deployed.command("verify", "--plane", "live")
    assert verified.returncode == 0, verified.stdout
