"""`--only` chooses rules by their names or by what they judge."""

from policies.evaluate import select
from policies.rule import load_rules


def test_parts_are_chosen_by_name() -> None:
    chosen = select(load_rules(), ["cache,objects"])
    assert {rule.scope.part for rule in chosen} == {"cache", "objects"}


def test_rules_are_chosen_by_glob() -> None:
    assert {rule.id for rule in select(load_rules(), ["store_bucket_*", "cache_keys_expire"])} >= {
        "store_bucket_is_private",
        "cache_keys_expire",
    }


def test_without_a_glob_every_rule_is_chosen() -> None:
    assert select(load_rules(), []) == load_rules()
