"""The settings that `aqdata env` prints for a stack with replicas, of the very outputs that its program exports."""

import json
from typing import Any

import pulumi
import pytest
import yaml

import infra.platform
from cli.application import FORMATS, MASK, application
from infra.model.cache import PRIMARY_SET
from infra.model.cache_access import DISCOVERY
from infra.model.loading import load_intent
from tests.components.recording import declare

PROD = load_intent("prod")
USER = PROD.stack.instances["postgres-user"]
CACHE = PROD.stack.cache


@pytest.fixture(scope="module")
def outputs() -> dict[str, Any]:
    found: dict[str, Any] = {}

    def program() -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(infra.platform, "image_ids", lambda stack: dict.fromkeys(stack.used_images, "sha256:image"))
            patch.setattr(pulumi, "export", exported)
            infra.platform.Platform(PROD).export()

    def exported(name: str, value: Any) -> None:
        pulumi.Output.from_input(value).apply(lambda known: found.update({name: known}))

    declare(program)
    return found


def shown(outputs: dict[str, Any], spelling: str, *, secrets: bool = False) -> str:
    return FORMATS[spelling](application(PROD.services["user_service"], outputs, "/ca.pem", show_secrets=secrets))


def dotenv(outputs: dict[str, Any], *, secrets: bool = False) -> dict[str, str]:
    return dict(line.split("=", 1) for line in shown(outputs, "dotenv", secrets=secrets).splitlines())


def test_replicas_and_the_pooler_are_named_in_each_spelling(outputs: dict[str, Any]) -> None:
    host = str(PROD.stack.address)
    read_only, pooled = USER.read_only_port, USER.pooled_port
    assert dotenv(outputs)["AQSTREAM_READ_ONLY_ADDRESS"] == f"{host}:{read_only}"
    assert dotenv(outputs)["AQSTREAM_POOLED_ADDRESS"] == f"{host}:{pooled}"
    postgres = json.loads(shown(outputs, "json"))["postgres"]
    assert postgres["primary"] == {"host": host, "port": USER.port}
    assert postgres["readOnly"] == {"host": host, "port": read_only}
    assert postgres["pooled"] == {"host": host, "port": pooled}
    spring = yaml.safe_load(shown(outputs, "spring"))["aqstream"]
    assert spring["read-only"]["url"].startswith(f"jdbc:postgresql://{host}:{read_only}/")
    assert "readOnly=true" in spring["read-only"]["url"]
    assert spring["pooled"]["url"].startswith(f"jdbc:postgresql://{host}:{pooled}/")
    assert "readOnly" not in spring["pooled"]["url"]


def test_sentinels_are_named_with_their_set_and_login_in_each_spelling(outputs: dict[str, Any]) -> None:
    nodes = [f"{PROD.stack.address}:{node.port}" for node in CACHE.sentinels]
    assert len(nodes) == 3
    found = dotenv(outputs)
    assert found["REDIS_SENTINELS"] == ",".join(nodes)
    assert found["REDIS_PRIMARY_SET"] == PRIMARY_SET
    assert found["REDIS_SENTINEL_USERNAME"] == DISCOVERY
    sentinel = json.loads(shown(outputs, "json"))["redis"]["sentinel"]
    assert [f"{each['host']}:{each['port']}" for each in sentinel["nodes"]] == nodes
    assert (sentinel["primarySet"], sentinel["username"], sentinel["password"]) == (PRIMARY_SET, DISCOVERY, MASK)
    redis = yaml.safe_load(shown(outputs, "spring"))["spring"]["data"]["redis"]
    assert redis["sentinel"] == {"master": PRIMARY_SET, "nodes": nodes, "username": DISCOVERY, "password": MASK}
    assert (redis["username"], redis["ssl"]) == ("user_service", {"enabled": True, "bundle": "aqstream"})
    assert "host" not in redis


@pytest.mark.parametrize("spelling", list(FORMATS))
def test_the_login_at_the_sentinels_is_a_secret(outputs: dict[str, Any], spelling: str) -> None:
    secret = outputs["credentials"]["user_service"]["redis"]["sentinel"]["password"]
    assert secret not in shown(outputs, spelling)
    assert secret in shown(outputs, spelling, secrets=True)


def test_an_evictable_cache_is_no_matter_of_the_sentinels(outputs: dict[str, Any]) -> None:
    servers = yaml.safe_load(shown(outputs, "spring"))["aqstream"]["redis"]
    assert servers["evictable"]["port"] == CACHE.evictable.port
    assert "sentinel" not in servers["evictable"]
