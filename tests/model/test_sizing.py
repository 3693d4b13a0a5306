"""`sizing: small` makes the same topology fit a small machine."""

import pytest

from infra.components.postgres_settings import settings
from infra.model.errors import ConfigurationError
from infra.model.loading import NAMESPACE, STACKS, stack_from_config, stack_names
from infra.model.reading import read_yaml
from infra.model.stack import Stack

GIB = 1 << 30
MACHINE = 22 * GIB
CORES = 2


def _declared(name: str, **changes: object) -> Stack:
    content = read_yaml(STACKS / f"Pulumi.{name}.yaml")["config"]
    ours = {key.removeprefix(f"{NAMESPACE}:"): value for key, value in content.items()}
    return stack_from_config(name, ours | changes, f"Pulumi.{name}.yaml")


def test_a_stack_is_of_its_declared_size_unless_it_says_small() -> None:
    assert _declared("prod").instances["postgres-user"].limits.memory == 8 * GIB


def test_small_reduces_limits_and_what_is_derived_from_them() -> None:
    small, full = (_declared("prod", **each).instances["postgres-user"] for each in ({"sizing": "small"}, {}))
    assert small.limits.memory == 512 << 20
    assert settings(small)["shared_buffers"] == "128MB"
    assert settings(full)["shared_buffers"] == "2048MB"


def test_small_changes_neither_shape_nor_ports() -> None:
    small, full = _declared("prod", sizing="small"), _declared("prod")
    assert small.ports == full.ports
    assert list(small.instances) == list(full.instances)


@pytest.mark.parametrize("name", stack_names())
def test_no_container_of_a_small_stack_asks_for_more_than_the_machine_has(name: str) -> None:
    stack = _declared(name, sizing="small")
    limits = [instance.limits for instance in stack.instances.values()]
    limits += [stack.cache.durable.limits, stack.cache.evictable.limits, stack.object_store.limits]
    assert max(each.cpus for each in limits) <= CORES
    assert sum(each.memory for each in limits) < MACHINE / 4


def test_what_is_already_small_stays() -> None:
    small, full = _declared("dev", sizing="small"), _declared("dev")
    assert small.instances["postgres-user"] == full.instances["postgres-user"]
    assert small.cache == full.cache


def test_another_size_is_refused_by_name() -> None:
    with pytest.raises(ConfigurationError, match="sizing"):
        _declared("dev", sizing="tiny")
