"""Constants of cache keys for other languages."""

import json

from infra.cache_constants import as_java, as_json
from infra.model.cache_key import params_hash
from infra.model.loading import load_services


def test_json_names_every_declared_entry_with_its_lifetime() -> None:
    found = json.loads(as_json(load_services()))
    by_pattern = {entry["pattern"]: entry for entry in found["entries"]}
    assert by_pattern["aqstream:event:event:{id}"]["ttlSeconds"] == 300
    assert by_pattern["aqstream:user:user:{id}"]["ttlSeconds"] == 900
    assert by_pattern["aqstream:event:events:list:{params_hash}"]["ttlSeconds"] == 60
    assert (
        by_pattern["aqstream:user:session:{id}"] | {"ttlSeconds": 86400, "server": "durable"}
        == (by_pattern["aqstream:user:session:{id}"])
    )
    limits = [entry for entry in found["entries"] if entry["entity"] == "rate_limit"]
    assert {entry["service"] for entry in limits} == set(load_services())
    assert all(entry["ttlSeconds"] == 60 and entry["server"] == "durable" for entry in limits)


def test_json_carries_an_example_to_check_other_implementations_by() -> None:
    example = json.loads(as_json(load_services()))["paramsHashExample"]
    assert params_hash(example["parameters"]) == example["hash"]


def test_java_has_a_method_and_a_lifetime_for_each_entry() -> None:
    source = as_java(load_services())
    assert "public static final Duration SESSION_TTL = Duration.ofSeconds(86400);" in source
    assert 'return "aqstream:event:events:list:" + paramsHash;' in source
    assert source.count("(String ") == sum(len(service.cache) for service in load_services().values()) + 2
    assert source.count("{") == source.count("}")
