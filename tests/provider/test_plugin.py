"""The plugin through Pulumi's provider protocol: what it checks, diffs, makes and keeps secret."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography import x509
from hypothesis import given
from hypothesis import strategies as st
from pulumi.provider.experimental import provider as rpc
from pulumi.provider.experimental.property_value import PropertyValue

from infra.host import docker_api
from infra.model.docker_engine import EngineAddress
from infra.provider.catalogue import RESOURCE_TYPES, find
from infra.provider.difference import differences
from infra.provider.plugin import AqstreamProvider
from infra.provider.postgres_cluster import ClusterType
from infra.provider.resource_type import State
from infra.provider.values import UNKNOWN, plain, plain_all, wire

DAY = 86400
PLUGIN = AqstreamProvider()


def urn(token: str) -> str:
    return f"urn:pulumi:t::aqstream::aqstream:data:Parent${token}::x"


def wired(values: dict[str, Any]) -> dict[str, PropertyValue]:
    return {key: wire(value) for key, value in values.items()}


def create(token: str, inputs: dict[str, Any], *, preview: bool = False) -> dict[str, PropertyValue]:
    request = rpc.CreateRequest(urn(token), wired(inputs), 60, preview)
    return asyncio.run(PLUGIN.create(request)).properties


def diff(token: str, state: dict[str, Any], inputs: dict[str, Any], ignored: list[str] | None = None) -> Any:
    return asyncio.run(PLUGIN.diff(rpc.DiffRequest(urn(token), "id", wired(state), wired(inputs), ignored or [])))


@pytest.mark.parametrize("token", RESOURCE_TYPES)
def test_each_type_is_found_by_its_own_token(token: str) -> None:
    kind = find(token)
    assert kind.token == token
    assert kind.secret <= kind.computed
    assert kind.renewed <= kind.computed
    assert kind.replaced_by <= {info.alias for info in kind.inputs.model_fields.values()}


def test_an_update_reaches_former_nodes_where_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """A node that is given up is in no input any more, and hands over all the same."""
    monkeypatch.setattr(docker_api, "_PLACES", {})
    seen: list[object] = []

    def update(*_: object) -> State:
        seen.append(docker_api.place_of("former"))
        return {}

    monkeypatch.setattr(ClusterType, "update", update)
    cluster = {
        "instance": "db",
        "nodes": [],
        "containers": [],
        "containerIds": [],
        "logins": {},
        "dynamic": {},
        "settings": {},
    }
    news, olds = wired(cluster), wired(cluster | {"hosts": {"former": {"docker": "ssh://db3"}}})
    request = rpc.UpdateRequest(urn(ClusterType.token), "db", olds, news, 60, [], preview=False)
    asyncio.run(PLUGIN.update(request))
    assert seen == [EngineAddress.of("ssh://db3", "", "")]


def test_a_password_is_secret_random_and_long() -> None:
    first, second = (create("aqstream:secret:Password", {"length": 40}) for _ in range(2))
    assert first["result"].is_secret
    assert len(plain(first["result"])) == 40
    assert plain(first["result"]) != plain(second["result"])


def test_a_preview_creates_nothing_and_leaves_computed_outputs_unknown() -> None:
    outputs = create("aqstream:secret:Password", {"length": 40}, preview=True)
    assert plain(outputs["result"]) is UNKNOWN
    assert outputs["result"].is_secret


def test_a_new_generation_updates_a_password_and_says_so() -> None:
    state = {"length": 40, "generation": 1, "result": "x"}
    answer = diff("aqstream:secret:Password", state, {"length": 40, "generation": 2})
    assert answer.changes
    assert list(answer.detailed_diff) == ["generation"]
    assert answer.replaces == []


def test_a_wrong_input_is_a_check_failure_with_its_key() -> None:
    request = rpc.CheckRequest(urn("aqstream:secret:Password"), {}, wired({"length": 4, "colour": "red"}), b"")
    failures = asyncio.run(PLUGIN.check(request)).failures
    assert failures
    assert "length" in failures[0].reason
    assert "colour: unknown key; expected one of generation, length" in failures[0].reason


def authority() -> dict[str, Any]:
    return plain_all(create("aqstream:tls:Authority", {"commonName": "CA", "validity": 10 * DAY}))


def certificate_inputs(**changes: Any) -> dict[str, Any]:
    ca = authority()
    inputs = {
        "commonName": "postgres-user",
        "dnsNames": ["postgres-user", "localhost"],
        "ipAddresses": ["127.0.0.1"],
        "usage": "server",
        "validity": 5 * DAY,
        "renewBefore": DAY,
        "authorityCertificate": ca["certificate"],
        "authorityKey": ca["privateKey"],
    }
    return inputs | changes


def test_a_certificate_is_signed_by_its_authority_for_its_names() -> None:
    inputs = certificate_inputs()
    outputs = create("aqstream:tls:Certificate", inputs)
    certificate = x509.load_pem_x509_certificate(plain(outputs["certificate"]).encode())
    signer = x509.load_pem_x509_certificate(inputs["authorityCertificate"].encode())
    certificate.verify_directly_issued_by(signer)
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["postgres-user", "localhost"]
    assert [str(address) for address in names.get_values_for_type(x509.IPAddress)] == ["127.0.0.1"]
    left = certificate.not_valid_after_utc - datetime.now(UTC)
    assert 4.9 * DAY < left.total_seconds() <= 5 * DAY
    assert outputs["privateKey"].is_secret


def test_a_certificate_near_its_end_is_renewed_though_no_input_changed() -> None:
    inputs = certificate_inputs(renewBefore=6 * DAY)
    state = plain_all(create("aqstream:tls:Certificate", inputs))
    answer = diff("aqstream:tls:Certificate", state, inputs)
    assert set(answer.detailed_diff) == {"certificate", "privateKey"}
    assert answer.replaces == []


def test_a_fresh_certificate_has_no_diff() -> None:
    inputs = certificate_inputs()
    state = plain_all(create("aqstream:tls:Certificate", inputs))
    assert not diff("aqstream:tls:Certificate", state, inputs).changes


def test_another_common_name_replaces_the_authority() -> None:
    answer = diff("aqstream:tls:Authority", authority(), {"commonName": "Other", "validity": 10 * DAY})
    assert answer.replaces == ["commonName"]
    assert answer.detailed_diff["commonName"].kind == rpc.PropertyDiffKind.UPDATE_REPLACE


def test_ignored_properties_are_no_diff() -> None:
    answer = diff("aqstream:secret:Password", {"length": 40}, {"length": 50}, ["length"])
    assert not answer.changes


def test_an_added_changeset_is_one_readable_path() -> None:
    old = {"changesets": [{"id": "1", "checksum": "a"}]}
    new = {"changesets": [{"id": "1", "checksum": "a"}, {"id": "2", "checksum": "b"}]}
    assert list(differences(old, new)) == [("changesets[1]", "add")]


def test_an_unknown_value_is_a_change_at_its_path() -> None:
    assert list(differences({"a": {"b.c": 1}}, {"a": {"b.c": UNKNOWN}})) == [('a["b.c"]', "update")]


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(PLAIN)
def test_values_survive_the_wire(value: Any) -> None:
    assert plain(wire(value)) == value


@given(st.dictionaries(st.text(min_size=1), PLAIN))
def test_nothing_differs_from_itself(values: dict[str, Any]) -> None:
    assert list(differences(values, values)) == []


@given(st.dictionaries(st.sampled_from("abc"), PLAIN), st.dictionaries(st.sampled_from("abc"), PLAIN))
def test_no_difference_means_equal_but_for_nulls(old: dict[str, Any], new: dict[str, Any]) -> None:
    assert (not list(differences(old, new))) == _only_nulls(old, new)


def _only_nulls(old: Any, new: Any) -> bool:
    """Lists may differ in trailing nulls, which mean the same as no item."""
    if isinstance(old, dict) and isinstance(new, dict):
        return all(_only_nulls(old.get(key), new.get(key)) for key in {*old, *new})
    if isinstance(old, list) and isinstance(new, list):
        longest = max(len(old), len(new))
        padded = [items + [None] * (longest - len(items)) for items in (old, new)]
        return all(_only_nulls(before, after) for before, after in zip(*padded, strict=True))
    return bool(old == new)
