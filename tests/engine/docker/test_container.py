"""Containers on the real Docker Engine."""

from __future__ import annotations

import socket
import time
from typing import Any

import pytest
from docker import APIClient

from infra.model.errors import ResourceError
from tests.engine.docker.conftest import Resources

pytestmark = pytest.mark.docker

SLEEP = ["sleep", "600"]


def declaration(resources: Resources, image: str, **more: Any) -> dict[str, Any]:
    base = {"name": resources.name("c"), "image": image, "command": SLEEP, "labels": resources.labels()}
    return {**base, "networkMode": "bridge", **more}


def every_property(resources: Resources, image: str, port: int) -> dict[str, Any]:
    return declaration(
        resources,
        image,
        entrypoints=["busybox"],
        user="999:999",
        workingDir="/scratch",
        envs=["B=2", "A=1"],
        hostname="host-a",
        ports=[{"internal": 80, "external": port, "ip": "127.0.0.1"}],
        mounts=[{"target": "/m", "type": "volume", "source": resources.name("v"), "readOnly": True}],
        tmpfs={"/scratch": "size=16m,mode=1777"},
        healthcheck={"tests": ["CMD", "true"], "interval": "90s", "timeout": "500ms", "retries": 3},
        memory=64,
        memorySwap=64,
        cpus="0.5",
        cpuShares=512,
        capabilities={"drops": ["all"], "adds": ["chown"]},
        readOnly=True,
        securityOpts=["no-new-privileges:true"],
        init=True,
        restart="unless-stopped",
        stopSignal="SIGINT",
        stopTimeout=5,
        destroyGraceSeconds=1,
        logDriver="json-file",
        logOpts={"max-size": "1m"},
        shmSize=32,
        ulimits=[{"name": "nofile", "soft": 1024, "hard": 2048}],
        sysctls={"net.ipv4.ip_unprivileged_port_start": "0"},
        hosts=[{"host": "db", "ip": "10.0.0.9"}],
        dns=["10.0.0.2"],
        groupAdds=["1000"],
    )


@pytest.fixture
def created(resources: Resources, image: str, free_port: int) -> tuple[str, dict[str, Any], dict[str, Any]]:
    declared = every_property(resources, image, free_port)
    identifier, state = resources.create("container", **declared)
    return identifier, state, declared


def test_what_was_created_has_nothing_to_change(
    resources: Resources, created: tuple[str, dict[str, Any], dict[str, Any]]
) -> None:
    _, state, declared = created
    answer = resources.diff("container", state, **declared)
    assert answer.changes is False, answer.diffs


def test_what_was_created_reads_back_without_drift(
    resources: Resources, created: tuple[str, dict[str, Any], dict[str, Any]]
) -> None:
    identifier, state, declared = created
    found, refreshed = resources.read("container", identifier, state, **declared)
    assert found == identifier
    assert refreshed == state


def test_the_state_keeps_the_programs_spelling_and_order(
    created: tuple[str, dict[str, Any], dict[str, Any]],
) -> None:
    _, state, _ = created
    assert state["envs"] == ["B=2", "A=1"]
    assert state["healthcheck"]["interval"] == "90s"
    assert state["capabilities"] == {"adds": ["chown"], "drops": ["all"]}


def test_docker_got_every_property(api: APIClient, created: tuple[str, dict[str, Any], dict[str, Any]]) -> None:
    inspection = api.inspect_container(created[0])
    host, config = inspection["HostConfig"], inspection["Config"]
    assert host["Memory"] == host["MemorySwap"] == 64 * 1024 * 1024
    assert (host["NanoCpus"], host["CpuShares"], host["ShmSize"]) == (500_000_000, 512, 32 * 1024 * 1024)
    assert host["ReadonlyRootfs"]
    assert host["Init"]
    assert host["SecurityOpt"] == ["no-new-privileges:true"]
    assert host["RestartPolicy"]["Name"] == "unless-stopped"
    assert host["Tmpfs"] == {"/scratch": "size=16m,mode=1777"}
    assert config["User"] == "999:999"
    assert config["Healthcheck"]["Interval"] == 90_000_000_000
    assert config["StopSignal"] == "SIGINT"


@pytest.mark.parametrize(
    ("changed", "path", "kind"),
    [
        ({"envs": ["A=1", "B=3"]}, "envs[1]", "ADD_REPLACE"),
        ({"labels": []}, "labels[0]", "DELETE_REPLACE"),
        ({"readOnly": False}, "readOnly", "UPDATE_REPLACE"),
        ({"memory": 128}, "memory", "UPDATE"),
        ({"restart": "always"}, "restart", "UPDATE"),
        ({"capabilities": {"drops": ["ALL"], "adds": ["CAP_CHOWN", "SETUID"]}}, "capabilities.adds[1]", "ADD_REPLACE"),
        ({"sysctls": {}}, 'sysctls["net.ipv4.ip_unprivileged_port_start"]', "DELETE_REPLACE"),
        ({"healthcheck": {"tests": ["CMD", "false"], "interval": "1m30s", "timeout": "500ms", "retries": 3}},
         "healthcheck.tests[1]", "UPDATE_REPLACE"),
        ({"destroyGraceSeconds": 9}, "destroyGraceSeconds", "UPDATE"),
    ],
)  # fmt: skip
def test_a_change_is_named_with_its_path_and_whether_it_replaces(
    resources: Resources,
    created: tuple[str, dict[str, Any], dict[str, Any]],
    changed: dict[str, Any],
    path: str,
    kind: str,
) -> None:
    _, state, declared = created
    answer = resources.diff("container", state, **{**declared, **changed})
    assert path in answer.detailed_diff, answer.detailed_diff
    assert answer.detailed_diff[path].kind.name == kind
    assert bool(answer.replaces) is kind.endswith("REPLACE")
    assert answer.delete_before_replace is kind.endswith("REPLACE")


def test_other_spellings_of_the_same_are_no_change(
    resources: Resources, created: tuple[str, dict[str, Any], dict[str, Any]]
) -> None:
    _, state, declared = created
    respelled = {
        "envs": ["A=1", "B=2"],
        "capabilities": {"drops": ["ALL"], "adds": ["CAP_CHOWN"]},
        "cpus": "0.50",
        "healthcheck": {**declared["healthcheck"], "interval": "1m30s"},
    }
    assert resources.diff("container", state, **{**declared, **respelled}).changes is False


def test_limits_change_on_the_living_container(resources: Resources, image: str, api: APIClient) -> None:
    declared = declaration(resources, image, memory=64, memorySwap=64)
    identifier, state = resources.create("container", **declared)
    larger = {**declared, "memory": 128, "memorySwap": 128, "restart": "always"}
    updated = resources.update("container", identifier, state, **larger)
    host = api.inspect_container(identifier)["HostConfig"]
    assert host["Memory"] == 128 * 1024 * 1024
    assert host["RestartPolicy"]["Name"] == "always"
    assert resources.diff("container", updated, **larger).changes is False


def test_a_stopped_container_is_drift_and_an_update_starts_it(resources: Resources, image: str, api: APIClient) -> None:
    declared = declaration(resources, image)
    identifier, state = resources.create("container", **declared)
    api.kill(identifier)
    _, refreshed = resources.read("container", identifier, state, **declared)
    answer = resources.diff("container", refreshed, **declared)
    assert list(answer.detailed_diff) == ["mustRun"]
    assert not answer.replaces
    resources.update("container", identifier, refreshed, **declared)
    assert api.inspect_container(identifier)["State"]["Running"]


def test_memory_changed_by_hand_is_drift(resources: Resources, image: str, api: APIClient) -> None:
    declared = declaration(resources, image, memory=64, memorySwap=64)
    identifier, state = resources.create("container", **declared)
    api.update_container(identifier, mem_limit=32 * 1024 * 1024)
    _, refreshed = resources.read("container", identifier, state, **declared)
    assert list(resources.diff("container", refreshed, **declared).detailed_diff) == ["memory"]


def test_environment_and_labels_that_differ_from_the_state_are_drift(resources: Resources, image: str) -> None:
    made = declaration(resources, image, envs=["A=1"])
    identifier, state = resources.create("container", **made)
    believed = {**made, "envs": ["A=2"], "labels": [*resources.labels(), {"label": "x", "value": "y"}]}
    _, refreshed = resources.read("container", identifier, {**state, **believed}, **believed)
    assert refreshed["envs"] == ["A=1"]
    assert refreshed["labels"] == resources.labels()


def test_a_container_that_is_gone_reads_as_gone(resources: Resources, image: str, api: APIClient) -> None:
    declared = declaration(resources, image)
    identifier, state = resources.create("container", **declared)
    api.remove_container(identifier, force=True)
    assert resources.read("container", identifier, state, **declared) == ("", {})


def test_networks_are_joined_with_their_aliases_and_left_ones_are_drift(
    resources: Resources, image: str, api: APIClient
) -> None:
    names = [resources.name(tail) for tail in ("n1", "n2")]
    for name in names:
        resources.create("network", name=name, driver="bridge", labels=resources.labels())
    networks = [{"name": names[0], "aliases": ["db", "database"]}, {"name": names[1]}]
    declared = declaration(resources, image, networksAdvanced=networks)
    identifier, state = resources.create("container", **declared)
    assert sorted(api.inspect_container(identifier)["NetworkSettings"]["Networks"]) == names
    assert resources.diff("container", state, **declared).changes is False
    _, refreshed = resources.read("container", identifier, state, **declared)
    assert refreshed == state
    api.disconnect_container_from_network(identifier, names[1])
    _, drifted = resources.read("container", identifier, state, **declared)
    assert list(resources.diff("container", drifted, **declared).detailed_diff) == ["networksAdvanced[1]"]


def test_ports_on_an_internal_network_are_no_drift(resources: Resources, image: str, free_port: int) -> None:
    resources.create("network", name=resources.name("n"), driver="bridge", internal=True)
    declared = declaration(
        resources,
        image,
        networksAdvanced=[{"name": resources.name("n")}],
        ports=[{"internal": 80, "external": free_port, "ip": "127.0.0.1"}],
    )
    identifier, state = resources.create("container", **declared)
    assert resources.diff("container", state, **declared).changes is False
    assert resources.read("container", identifier, state, **declared)[1] == state


def test_a_port_left_to_docker_is_recorded_and_no_drift(resources: Resources, image: str) -> None:
    declared = declaration(resources, image, ports=[{"internal": 80, "ip": "127.0.0.1"}])
    identifier, state = resources.create("container", **declared)
    assert state["ports"][0]["external"] > 0
    assert resources.diff("container", state, **declared).changes is False
    assert resources.read("container", identifier, state, **declared)[1] == state


def test_ready_means_that_the_check_passes_without_waiting_for_dockers_interval(
    resources: Resources, image: str
) -> None:
    began = time.monotonic()
    resources.create(
        "container",
        **declaration(
            resources,
            image,
            command=["sh", "-c", "sleep 0.5; touch /scratch/ready; exec sleep 600"],
            tmpfs={"/scratch": "size=1m"},
            healthcheck={"tests": ["CMD-SHELL", "test -e /scratch/ready"], "interval": "60s", "timeout": "2s"},
            wait=True,
        ),
    )
    assert 0.5 < time.monotonic() - began < 10


def test_a_container_that_stops_at_once_fails_with_its_last_words_and_leaves_nothing(
    resources: Resources, image: str, api: APIClient
) -> None:
    with pytest.raises(ResourceError, match=r"exit code 3[\s\S]*no such stanza"):
        resources.create(
            "container",
            **declaration(
                resources,
                image,
                command=["sh", "-c", "echo no such stanza; exit 3"],
                healthcheck={"tests": ["CMD", "true"], "interval": "60s"},
                wait=True,
            ),
        )
    assert not api.containers(all=True, filters={"name": resources.prefix})


def test_a_port_held_by_a_container_is_reported_with_its_name(resources: Resources, image: str, free_port: int) -> None:
    ports = [{"internal": 80, "external": free_port, "ip": "127.0.0.1"}]
    resources.create("container", **declaration(resources, image, ports=ports))
    rival = {**declaration(resources, image, ports=ports), "name": resources.name("rival")}
    with pytest.raises(ResourceError, match=rf"{free_port}.*held by container {resources.name('c')}"):
        resources.create("container", **rival)


def test_a_port_held_by_a_process_is_reported_with_its_pid(resources: Resources, image: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        ports = [{"internal": 80, "external": port, "ip": "127.0.0.1"}]
        with pytest.raises(ResourceError, match=rf"{port}.*held by process .* \(pid \d+\)"):
            resources.create("container", **declaration(resources, image, ports=ports))


def test_a_strangers_container_of_that_name_is_refused(resources: Resources, image: str, api: APIClient) -> None:
    api.create_container(image, ["true"], name=resources.name("c"))
    declared = declaration(resources, image)
    assert resources.adopt("container", **declared) is None
    with pytest.raises(ResourceError, match="a container of that name exists") as refusal:
        resources.create("container", **declared)
    assert "docker rm" in refusal.value.hint


def test_our_own_container_left_by_a_killed_run_is_adopted(resources: Resources, image: str) -> None:
    declared = declaration(resources, image)
    identifier, _ = resources.create("container", **declared)
    assert resources.adopt("container", **declared) == identifier


def test_deletion_honours_the_grace_and_is_content_with_an_absent_container(
    resources: Resources, image: str, api: APIClient
) -> None:
    stubborn = ["sh", "-c", "trap '' TERM; while true; do sleep 0.1; done"]
    identifier, state = resources.create(
        "container", **declaration(resources, image, command=stubborn, destroyGraceSeconds=1)
    )
    began = time.monotonic()
    resources.delete("container", identifier, state)
    assert 0.9 < time.monotonic() - began < 8
    assert not api.containers(all=True, filters={"name": resources.prefix})
    resources.delete("container", identifier, state)


def test_uploaded_files_are_there_with_their_modes(resources: Resources, image: str, api: APIClient) -> None:
    uploads = [{"file": "/etc/x.conf", "content": "a=1\n", "permissions": "0400"}]
    identifier, state = resources.create("container", **declaration(resources, image, uploads=uploads))
    command = api.exec_create(identifier, ["busybox", "stat", "-c", "%a %s", "/etc/x.conf"])
    assert api.exec_start(command["Id"]).decode().strip() == "400 4"
    assert state["uploads"] == uploads


def test_a_missing_image_is_reported_with_how_to_build_it(resources: Resources) -> None:
    with pytest.raises(ResourceError, match="is not on this host") as refusal:
        resources.create("container", **declaration(resources, "aqdata-test/absent:1"))
    assert "images build" in refusal.value.hint
