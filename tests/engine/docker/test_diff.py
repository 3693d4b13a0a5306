"""What changes between a state and a declaration, without Docker."""

from __future__ import annotations

from typing import Any

import pytest

from infra.engine.embedded.docker.container_fields import CONTAINER
from infra.engine.embedded.docker.diff import changes
from infra.engine.embedded.docker.schemas import NETWORK, REMOTE_IMAGE, VOLUME


def differences(schema: Any, recorded: dict[str, Any], declared: dict[str, Any]) -> list[tuple[str, str, bool]]:
    return [(change.path, change.kind, change.replaces) for change in changes(schema.fields, recorded, declared)]


PORT = {"internal": 80, "external": 8080, "ip": "127.0.0.1", "protocol": "tcp"}
LABELS = [{"label": "a", "value": "1"}, {"label": "b", "value": "2"}]
CHECK = {"tests": ["CMD", "true"], "interval": "1m30s", "timeout": "0s", "retries": 3}


@pytest.mark.parametrize(
    ("recorded", "declared"),
    [
        pytest.param({"memory": 0}, {}, id="zero is unset"),
        pytest.param({"domainname": ""}, {}, id="empty text is unset"),
        pytest.param({"mounts": []}, {}, id="an empty list is unset"),
        pytest.param({"tmpfs": {}}, {}, id="an empty map is unset"),
        pytest.param({"privileged": False}, {}, id="false is unset"),
        pytest.param({"readOnly": None}, {"readOnly": False}, id="null is false"),
        pytest.param({"stopSignal": "SIGTERM"}, {}, id="Docker may choose what is computed"),
        pytest.param({"envs": ["A=1", "B=2"]}, {"envs": ["B=2", "A=1"]}, id="a set has no order"),
        pytest.param({"labels": LABELS}, {"labels": LABELS[::-1]}, id="labels have no order"),
        pytest.param(
            {"ports": [PORT, {**PORT, "internal": 81}]}, {"ports": [{**PORT, "internal": 81}, PORT]}, id="ports"
        ),
        pytest.param(
            {"ports": [PORT]},
            {"ports": [{"internal": 80, "ip": "127.0.0.1", "protocol": "tcp"}]},
            id="a port that Docker chose",
        ),
        pytest.param(
            {"capabilities": {"adds": ["CAP_CHOWN"], "drops": ["ALL"]}},
            {"capabilities": {"adds": ["chown"], "drops": ["all"]}},
            id="capabilities",
        ),
        pytest.param({"healthcheck": CHECK}, {"healthcheck": {**CHECK, "interval": "90s"}}, id="durations"),
        pytest.param({"healthcheck": CHECK}, {"healthcheck": {"__defaults": ["timeout"], **CHECK}}, id="bookkeeping"),
        pytest.param({"cpus": "0.5"}, {"cpus": "0.50"}, id="numbers"),
        pytest.param({"networkMode": "bridge"}, {"networkMode": "default"}, id="the default network"),
        pytest.param({"ports": [{**PORT, "ip": ""}]}, {"ports": [{**PORT, "ip": "::"}]}, id="all interfaces"),
        pytest.param({"bridge": "docker0", "exitCode": 3}, {}, id="what only Docker says"),
    ],
)
def test_these_mean_the_same(recorded: dict[str, Any], declared: dict[str, Any]) -> None:
    assert differences(CONTAINER, recorded, declared) == []


@pytest.mark.parametrize(
    ("recorded", "declared", "expected"),
    [
        ({"image": "a"}, {"image": "b"}, ("image", "update", True)),
        ({"memory": 512}, {"memory": 1024}, ("memory", "update", False)),
        ({"memory": 0}, {"memory": 1024}, ("memory", "add", False)),
        ({"memory": 512}, {}, ("memory", "delete", False)),
        ({"mustRun": False}, {"mustRun": True}, ("mustRun", "update", False)),
        ({"privileged": True}, {}, ("privileged", "delete", True)),
        ({"envs": ["A=1"]}, {"envs": ["A=1", "B=2"]}, ("envs[1]", "add", True)),
        ({"envs": ["A=1", "B=2"]}, {"envs": ["B=2"]}, ("envs[0]", "delete", True)),
        ({"command": ["a", "b"]}, {"command": ["a", "c"]}, ("command[1]", "update", True)),
        ({"command": ["a", "b"]}, {"command": ["b", "a"]}, ("command[0]", "update", True)),
        (
            {"labels": LABELS},
            {"labels": [LABELS[0], {"label": "b", "value": "3"}]},
            ("labels[1].value", "update", True),
        ),
        ({"ports": [PORT]}, {"ports": [{**PORT, "external": 9090}]}, ("ports[0].external", "update", True)),
        ({"ports": [PORT]}, {}, ("ports", "delete", True)),
        ({"tmpfs": {"/run": "size=1m"}}, {"tmpfs": {"/run": "size=2m"}}, ('tmpfs["/run"]', "update", True)),
        ({"logOpts": {}}, {"logOpts": {"max-size": "1m"}}, ("logOpts", "add", True)),
        ({"healthcheck": CHECK}, {"healthcheck": {**CHECK, "retries": 5}}, ("healthcheck.retries", "update", True)),
        (
            {"networksAdvanced": [{"name": "n", "aliases": ["a"]}]},
            {"networksAdvanced": [{"name": "n", "aliases": ["a", "b"]}]},
            ("networksAdvanced[0].aliases[1]", "add", True),
        ),
        (
            {"volumes": [{"containerPath": "/d", "volumeName": "v", "readOnly": False}]},
            {"volumes": [{"containerPath": "/d", "volumeName": "v", "readOnly": True}]},
            ("volumes[0].readOnly", "update", True),
        ),
        ({"destroyGraceSeconds": None}, {"destroyGraceSeconds": 9}, ("destroyGraceSeconds", "add", False)),
    ],
)
def test_this_is_one_change(
    recorded: dict[str, Any], declared: dict[str, Any], expected: tuple[str, str, bool]
) -> None:
    assert expected in differences(CONTAINER, recorded, declared)


def test_an_unknown_value_is_a_change() -> None:
    unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
    assert differences(CONTAINER, {"image": "sha256:1"}, {"image": unknown}) == [("image", "update", True)]


def test_a_network_keeps_the_pool_that_docker_chose() -> None:
    pool = {"subnet": "172.18.0.0/16", "gateway": "172.18.0.1", "ipRange": "", "auxAddress": {}}
    assert differences(NETWORK, {"ipamConfigs": [pool]}, {}) == []
    assert differences(NETWORK, {"ipamConfigs": [pool]}, {"ipamConfigs": [{"subnet": "172.18.0.0/16"}]}) == []


def test_an_image_changes_its_deletion_wishes_in_place() -> None:
    assert differences(REMOTE_IMAGE, {"keepLocally": False}, {"keepLocally": True}) == [
        ("keepLocally", "update", False)
    ]
    assert differences(REMOTE_IMAGE, {"name": "a:1"}, {"name": "a:2"}) == [("name", "update", True)]


def test_every_property_of_a_volume_replaces_it() -> None:
    assert {field.replaces for field in VOLUME if not field.read_only} == {True}
