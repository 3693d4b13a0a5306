"""New passwords for everybody who logs in to a replicated instance, while it is written to."""

import pytest

from tests.production.cluster import Replicated, wait_for
from tests.production.trial import HEAL_SECONDS, INSTANCES
from tests.production.writer import Writer
from tests.servers.stack import StackUnderTest

pytestmark = [pytest.mark.docker, pytest.mark.long]

NAME = "postgres-user"
LOGINS = ("replicator", "rewinder", "etcd", "postgres", "verifier", "user_service_app", "user_service_migrator")


def test_new_passwords_reach_every_node_the_pooler_and_the_verifier(production: StackUnderTest) -> None:
    instance = Replicated(production, NAME, INSTANCES[NAME], 3)
    wait_for(instance.is_whole, HEAL_SECONDS, "whole cluster before the rotation")
    before = instance.outputs["credentials"]["user_service"]["postgres"]["user_service_app"]
    with Writer(instance) as writer:
        writer.await_writes(100)
        chosen = [argument for login in LOGINS for argument in ("--replace", f"{NAME}-{login}")]
        up = production.command("up", "--skip-verify", *chosen, timeout=400)
        assert up.returncode == 0, up.stderr
    renewed = Replicated(production, NAME, INSTANCES[NAME], 3)
    assert renewed.outputs["credentials"]["user_service"]["postgres"]["user_service_app"] != before
    assert not writer.lost()
    renewed.superuser("postgres", "SELECT pg_terminate_backend(pid) FROM pg_stat_replication")
    wait_for(renewed.is_whole, HEAL_SECONDS, "whole cluster whose replicas came back with the new password")
    renewed.cluster.hand_over(renewed.replicas()[0])
    wait_for(renewed.is_whole, HEAL_SECONDS, "whole cluster after a switchover with the new passwords")
    with Writer(renewed) as writer:
        writer.await_writes(100)
    assert not writer.lost()
    verified = production.command("verify", timeout=300)
    assert verified.returncode == 0, verified.stdout
