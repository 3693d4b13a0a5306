"""Cache keys are built and parsed by one contract."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.model.cache_key import CacheKey, item_key, list_key, params_hash, parse_key
from infra.model.errors import ConfigurationError

IDS = st.text("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._~@-", min_size=1, max_size=200)


def test_the_seeds_examples_are_spelled_as_in_the_seed() -> None:
    identifier = "550e8400-e29b-41d4-a716-446655440000"
    assert str(item_key("event", "event", identifier)) == f"aqstream:event:event:{identifier}"
    assert parse_key("aqstream:event:events:list:abc123") == CacheKey("event", "events", "abc123", "list", True)
    assert str(item_key("user", "session", "jwt_token_hash")) == "aqstream:user:session:jwt_token_hash"


@given(IDS)
def test_what_is_built_is_parsed_back(identifier: str) -> None:
    key = item_key("user", "session", identifier)
    assert parse_key(str(key)) == key
    assert parse_key(str(key.lease)) == key.lease


@given(st.dictionaries(st.text(), st.text()))
def test_every_parameter_set_gives_a_well_formed_key(parameters: dict[str, str]) -> None:
    key = list_key("event", "events", parameters)
    assert parse_key(str(key)) == key


def test_the_order_of_parameters_does_not_matter_but_their_values_do() -> None:
    assert params_hash({"page": 2, "city": "Oslo"}) == params_hash({"city": "Oslo", "page": 2})
    assert params_hash({"page": 2}) != params_hash({"page": 3})
    assert params_hash({"a": "1&b=2"}) != params_hash({"a": "1", "b": "2"})


def test_the_hash_is_what_other_languages_compute() -> None:
    # printf 'city=Troms%%C3%%B8&page=1' | sha256sum | cut -c1-32
    assert params_hash({"page": 1, "city": "Tromsø"}) == "76436af645ef5aeebba8a48c93d67e96"


@pytest.mark.parametrize("identifier", ["", "a:b", "list:x", "x y", "*", "a\n", "é", "x" * 201])
def test_an_id_that_could_be_another_key_is_refused(identifier: str) -> None:
    with pytest.raises(ConfigurationError, match="not of the form"):
        item_key("user", "session", identifier)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "session",
        "aqstream:user:session",
        "aqstream:User:session:1",
        "other:user:session:1",
        "aqstream:user:session:1:2",
    ],
)
def test_other_names_are_no_keys(text: str) -> None:
    assert parse_key(text) is None


def test_a_pattern_names_the_variable_part() -> None:
    page = list_key("event", "events", {})
    assert page.pattern == "aqstream:event:events:list:{params_hash}"
    assert page.lease.pattern == "aqstream:event:events:list:{params_hash}:lease"
    assert page.index.pattern == str(page.index) == "aqstream:event:events:list:index"
