"""Stack and service files: what is accepted, and what each mistake is answered with."""

from pathlib import Path
from typing import Any

import pytest

from infra.model.errors import ConfigurationError, StackNotFound
from infra.model.intent import Intent
from infra.model.loading import (
    load_intent,
    load_services,
    load_stack,
    merge,
    stack_file,
    stack_from_config,
    stack_names,
)
from infra.model.quantity import parse_bytes, parse_seconds
from infra.model.reading import read_yaml

SEED_PLACEMENT = {
    "user_service": ("postgres-user", 5433),
    "event_service": ("postgres-shared", 5432),
    "notification_service": ("postgres-shared", 5432),
    "media_service": ("postgres-shared", 5432),
    "payment_service": ("postgres-payment", 5434),
    "analytics_service": ("postgres-analytics", 5435),
}


@pytest.mark.parametrize("stack", stack_names())
def test_every_stack_file_is_complete(stack: str) -> None:
    intent = load_intent(stack)
    placed = {name: (service.instance, intent.instance_of(service).port) for name, service in intent.services.items()}
    assert placed == SEED_PLACEMENT
    assert (intent.stack.ports["redis"], intent.stack.ports["minio"]) == (6379, 9000)


def test_no_machine_left_its_passphrase_on_the_development_stack() -> None:
    """Its passphrase is made on each machine, so that a salt of one would lock all others out."""
    assert "encryptionsalt" not in read_yaml(stack_file("dev"))


def test_payment_is_alone_on_its_network() -> None:
    instances = load_stack("dev").instances
    assert [name for name, instance in instances.items() if instance.network == "payment"] == ["postgres-payment"]


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ({"instanses": {}}, "instanses: unknown key; expected one of address, availability, backups,"),
        ({"instances": {"postgres-user": {"port": "x"}}}, "instances.postgres-user.port: "),
        (
            {"instances": {"postgres-user": {"port": 5432}}},
            "port 5432 is declared for postgres-shared and",
        ),
        ({"cache": {"durable": {"port": 9000}}}, "port 9000 is declared for redis and minio"),
        ({"instances": {"postgres-user": {"limits": {"memory": "12"}}}}, "limits.memory: expected a whole number"),
        (
            {"instances": {"postgres-user": {"limits": {"memry": 1}}}},
            "memry: unknown key; expected one of cpus,",
        ),
        ({"address": "somewhere"}, "address: is not a valid IPv4 address"),
        ({"images": {"redis": "redis:8"}}, "images: redis: expected 'build' or a reference with a digest"),
        ({"environment": "prod"}, "environment: "),
        ({"instances": {"x": {}}}, "instances.x.port: is missing"),
    ],
)
def test_a_wrong_stack_file_is_answered_with_file_key_and_expectation(config: dict[str, Any], expected: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        stack_from_config("dev", config, "stacks/Pulumi.dev.yaml")
    assert raised.value.message.startswith("stacks/Pulumi.dev.yaml: ")
    assert expected in raised.value.message


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: [1", ":1:"),
        ("a: 1\na: 2", "the key 'a' is given twice"),
        ("- 1", "expected a mapping"),
    ],
)
def test_broken_yaml_is_answered_with_its_place(tmp_path: Path, text: str, expected: str) -> None:
    path = tmp_path / "Pulumi.x.yaml"
    path.write_text(text)
    with pytest.raises(ConfigurationError, match=r"Pulumi\.x\.yaml") as raised:
        read_yaml(path)
    assert expected in raised.value.message


def test_an_unknown_stack_is_answered_with_the_known_ones() -> None:
    with pytest.raises(StackNotFound) as raised:
        stack_file("nowhere")
    assert "dev, prod, staging" in raised.value.hint


def test_a_service_on_an_unknown_instance_is_refused() -> None:
    services = load_services()
    moved = services["media_service"].model_copy(update={"instance": "postgres-media"})
    with pytest.raises(ConfigurationError, match="'postgres-media' is no instance; expected one of postgres-shared"):
        Intent.of(services | {"media_service": moved}, load_stack("dev"))


def test_a_service_file_is_named_like_its_service(tmp_path: Path) -> None:
    (tmp_path / "other.yaml").write_text("name: x\nshort: x\ndescription: x\ninstance: postgres-user\ntables: {}\n")
    with pytest.raises(ConfigurationError, match="expected 'other', the file's name, got 'x'"):
        load_services(tmp_path)


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        ("{tenancy: tenant}", "needs 'key'"),
        ("{tenancy: child, key: t}", "needs 'of'"),
        ("{tenancy: global}", "needs 'reason'"),
        ("{tenancy: child, key: t, of: nothing}", "'nothing' is no other table of x"),
        ("{tenancy: private}", "tables.a.tenancy"),
    ],
)
def test_an_incomplete_tenancy_is_refused(tmp_path: Path, table: str, expected: str) -> None:
    content = f"name: x\nshort: x\ndescription: x\ninstance: postgres-user\ntables:\n  a: {table}\n"
    (tmp_path / "x.yaml").write_text(content)
    with pytest.raises(ConfigurationError) as raised:
        load_services(tmp_path)
    assert expected in raised.value.message


def test_merging_goes_into_mappings_and_replaces_everything_else() -> None:
    below = {"a": {"x": 1, "y": [1, 2]}, "b": 1}
    assert merge(below, {"a": {"y": [3]}, "c": 2}) == {"a": {"x": 1, "y": [3]}, "b": 1, "c": 2}


def test_quantities_are_read_in_their_units() -> None:
    assert (parse_seconds("5m"), parse_seconds("24h"), parse_bytes("2GiB")) == (300, 86400, 2 << 30)
