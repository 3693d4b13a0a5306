"""Validation and defaults of inputs, without Docker."""

from __future__ import annotations

from typing import Any

import pulumi_docker
import pytest
from pulumi.provider.experimental.property_value import PropertyValue

from infra.engine.embedded.docker.check import failures, named, with_defaults
from infra.engine.embedded.docker.container_fields import CONTAINER
from infra.engine.embedded.docker.field import Schema
from infra.engine.embedded.docker.property_values import boxed, plain_properties
from infra.engine.embedded.docker.schemas import NETWORK, REMOTE_IMAGE, VOLUME
from infra.engine.embedded.docker.spelling import ALL_INTERFACES

MINIMAL = {"name": "c", "image": "i"}


def checked(inputs: dict[str, Any]) -> dict[str, Any]:
    return plain_properties(with_defaults(CONTAINER, {key: boxed(value) for key, value in inputs.items()}))


def refused(inputs: dict[str, Any]) -> list[tuple[str, str]]:
    values = {key: boxed(value) for key, value in {**MINIMAL, **inputs}.items()}
    return [(failure.path, failure.reason) for failure in failures(CONTAINER, values)]


def test_defaults_are_filled_in_and_listed_as_pulumi_docker_does() -> None:
    filled = checked(MINIMAL)
    assert filled["mustRun"] is True
    assert filled["networkMode"] == "bridge"
    assert filled["__defaults"] == [
        "containerReadRefreshTimeoutMilliseconds", "mustRun", "networkMode", "removeVolumes", "restart", "start",
        "waitTimeout",
    ]  # fmt: skip


def test_defaults_of_nested_objects_are_listed_there() -> None:
    port = checked({**MINIMAL, "ports": [{"internal": 80}]})["ports"][0]
    assert port == {"internal": 80, "ip": ALL_INTERFACES, "protocol": "tcp", "__defaults": ["ip", "protocol"]}


def test_false_and_zero_defaults_are_left_out() -> None:
    assert not {"attach", "rm", "wait", "tty", "memoryReservation"} & checked(MINIMAL).keys()


def test_secrets_stay_wrapped() -> None:
    secret = PropertyValue([PropertyValue("A=1")], is_secret=True)
    assert with_defaults(CONTAINER, {"envs": secret})["envs"].is_secret


def test_a_missing_name_is_made_from_the_resources_name_and_kept() -> None:
    made = named({}, {}, "logical", b"\xab\xcd\xef\x01")
    assert made["name"].value == "logical-abcdef0"
    assert named({}, {"name": PropertyValue("before")}, "logical", b"")["name"].value == "before"
    assert named({"name": PropertyValue("given")}, {}, "logical", b"")["name"].value == "given"


@pytest.mark.parametrize(
    ("inputs", "path", "reason"),
    [
        ({"devices": [{"hostPath": "/dev/x"}]}, "devices", "Pulumi CLI"),
        ({"pidsLimit": 5}, "pidsLimit", "no such property"),
        ({"memory": "512m"}, "memory", "expected a number"),
        ({"ports": [{"external": 1}]}, "ports[0].internal", "missing, but required"),
        ({"healthcheck": {"tests": "true"}}, "healthcheck.tests", "expected an array"),
        ({"readOnly": "yes"}, "readOnly", "expected true or false"),
    ],
)
def test_what_is_wrong_is_named_with_its_path(inputs: dict[str, Any], path: str, reason: str) -> None:
    found = refused(inputs)
    assert [each[0] for each in found] == [path]
    assert reason in found[0][1]


def test_unknown_values_pass() -> None:
    assert refused({"memory": "04da6b54-80e4-46f7-96ec-b56ff0331ba9"}) == []


@pytest.mark.parametrize(
    ("schema", "arguments"),
    [
        (CONTAINER, pulumi_docker.ContainerArgs),
        (NETWORK, pulumi_docker.NetworkArgs),
        (VOLUME, pulumi_docker.VolumeArgs),
        (REMOTE_IMAGE, pulumi_docker.RemoteImageArgs),
    ],
)
def test_every_property_of_pulumi_docker_is_known_or_refused_by_name(schema: Schema, arguments: type) -> None:
    theirs = {_camel_case(name) for name, member in vars(arguments).items() if isinstance(member, property)}
    ours = {field.name for field in schema if not field.read_only}
    assert ours | schema.refused == theirs


def _camel_case(name: str) -> str:
    head, *tail = name.split("_")
    return head + "".join(part.capitalize() for part in tail)
