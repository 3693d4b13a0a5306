"""What the nodes, the proxy and the pooler of an instance with replicas are told."""

from typing import Any

import pytest
import yaml

from infra.components.etcd import etcd_yml
from infra.components.haproxy import haproxy_cfg
from infra.components.patroni import TIMING, Node, dynamic_settings, patroni_yml
from infra.components.pooler import pgbouncer_ini, users_txt
from infra.components.postgres import endpoint_of
from infra.components.postgres_server import on_primary
from infra.components.postgres_settings import pg_hba_conf
from infra.model.errors import ConfigurationError
from infra.model.loading import load_stack, stack_from_config
from infra.patroni.cluster import Member, best_candidate

PROD = load_stack("prod")
NAMES = ("postgres-payment-1", "postgres-payment-2", "postgres-payment-3")
SECRETS = {"postgres": "a", "replicator": "b", "rewinder": "c", "postgres-payment": "d"}


def _shared(instance: str) -> dict[str, Any]:
    return dynamic_settings(PROD.instances[instance], {"max_connections": "200", "work_mem": "4MB"})


def test_a_primary_gives_up_before_its_lease_ends() -> None:
    assert TIMING["loop_wait"] + 2 * TIMING["retry_timeout"] < TIMING["ttl"] <= 15


def test_payment_waits_for_a_replica_and_the_others_do_not() -> None:
    assert [_shared(name)["synchronous_mode"] for name in ("postgres-payment", "postgres-user")] == ["quorum", False]
    assert _shared("postgres-payment")["synchronous_mode_strict"]


def test_only_what_patroni_insists_on_goes_through_it() -> None:
    assert _shared("postgres-user")["postgresql"]["parameters"] == {"max_connections": "200"}


def test_nodes_speak_tls_and_verify_each_other() -> None:
    found = yaml.safe_load(patroni_yml(Node(NAMES[0], "postgres-payment", ["etcd-1:2379"], SECRETS), {}))
    assert found["etcd3"]["protocol"] == "https"
    assert found["restapi"]["verify_client"] == "optional"
    logins = found["postgresql"]["authentication"]
    assert {logins[name]["sslmode"] for name in ("replication", "rewind")} == {"verify-full"}


def test_one_node_makes_the_cluster_and_the_others_wait_for_it() -> None:
    first, other = (
        yaml.safe_load(patroni_yml(Node(name, "postgres-payment", ["etcd-1:2379"], SECRETS), dynamic))
        for name, dynamic in ((NAMES[0], _shared("postgres-payment")), (NAMES[1], None))
    )
    assert first["bootstrap"]["dcs"] == _shared("postgres-payment")
    assert "bootstrap" not in other


def test_only_a_cluster_lets_its_nodes_in() -> None:
    assert "replicator" in pg_hba_conf(replicated=True)
    assert "replicator" not in pg_hba_conf()
    assert all(line.startswith(("local", "hostssl")) for line in pg_hba_conf(replicated=True).splitlines())


def test_etcd_asks_every_client_for_a_certificate() -> None:
    found = yaml.safe_load(etcd_yml("etcd-1", PROD))
    assert found["client-transport-security"]["client-cert-auth"]
    assert found["peer-transport-security"]["client-cert-auth"]
    assert found["initial-cluster"].count("https://") == 3


def test_a_login_costs_etcd_next_to_nothing() -> None:
    assert yaml.safe_load(etcd_yml("etcd-1", PROD))["bcrypt-cost"] == 4


def test_the_proxy_ends_sessions_with_a_node_that_is_not_the_primary_any_more() -> None:
    text = haproxy_cfg(NAMES, 100)
    assert text.count("on-marked-down shutdown-sessions") == 2
    assert text.count("verify required") == 2 * len(NAMES)


def test_nothing_of_a_session_outlives_its_transaction_in_the_pooler() -> None:
    text = pgbouncer_ini("postgres-payment", PROD.availability.pooler)
    for line in ("pool_mode = transaction", "server_reset_query_always = 1"):
        assert f"{line}\n" in text
    assert "server_reset_query = RESET ALL; CLOSE ALL; UNLISTEN *; DISCARD TEMP\n" in text
    assert "server_tls_sslmode = verify-full\n" in text


def test_quotes_in_a_password_are_doubled_for_the_pooler() -> None:
    assert users_txt({"app": 'a"b'}) == '"app" "a""b"\n'


def test_every_line_of_a_schedule_is_for_the_primary() -> None:
    table = "* * * * * aqstream-backup-schedule --stanza=x\n41 3 * * * psql --command='SELECT 1'\n"
    assert on_primary(table) == (
        "* * * * * aqstream-on-primary aqstream-backup-schedule --stanza=x\n"
        "41 3 * * * aqstream-on-primary psql --command='SELECT 1'\n"
    )


@pytest.mark.parametrize("nodes", [2, 4])
def test_an_even_number_of_etcd_nodes_is_refused(nodes: int) -> None:
    with pytest.raises(ConfigurationError, match=f"{nodes} etcd nodes survive no more failures than {nodes - 1}"):
        stack_from_config("prod", {"availability": {"etcd": {"nodes": nodes}}}, "stacks/Pulumi.prod.yaml")


def test_replicas_without_their_ports_are_refused() -> None:
    changes = {"instances": {"postgres-user": {"replicas": 1, "pooledPort": None}}}
    with pytest.raises(ConfigurationError, match="replicas need 'readOnlyPort' and 'pooledPort'"):
        stack_from_config("dev", changes, "stacks/Pulumi.dev.yaml")


def test_a_synchronous_replica_takes_over_before_others() -> None:
    members = [Member(NAMES[0], "leader", "running"), Member(NAMES[1], "replica", "streaming")]
    synchronous = Member(NAMES[2], "quorum_standby", "streaming")
    assert best_candidate([*members, synchronous], NAMES) == NAMES[2]
    assert best_candidate(members, NAMES) == NAMES[1]
    assert best_candidate(members[:1], NAMES) is None


def test_a_replica_whose_disk_is_nearly_full_takes_over_last() -> None:
    full = Member(NAMES[1], "replica", "streaming", has_room=False)
    other = Member(NAMES[2], "replica", "streaming")
    assert best_candidate([full, other], NAMES) == NAMES[2]
    assert best_candidate([full], NAMES) == NAMES[1]


def test_clients_reach_the_pooler_on_its_own_machine() -> None:
    hosts = {f"db{n}": {"docker": f"ssh://db{n}", "address": f"10.0.0.{n}"} for n in (1, 2)}
    placement = {"postgres-user-proxy": ["db1"], "postgres-user-pooler": ["db2"]}
    instances = {"postgres-user": {"replicas": 1, "readOnlyPort": 5501, "pooledPort": 5502}}
    spread = stack_from_config("t", {"hosts": hosts, "placement": placement, "instances": instances}, "Pulumi.t.yaml")
    found = endpoint_of(spread, "postgres-user")
    assert (found["host"], found["readOnly"]["host"], found["pooled"]["host"]) == ("10.0.0.1", "10.0.0.1", "10.0.0.2")
