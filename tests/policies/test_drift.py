"""Drift names what differs, who is right and the command that mends it; a healthy stack has none."""

from dataclasses import replace

import pytest

from infra.model.cache_access import accesses
from infra.model.loading import load_intent
from infra.model.object_access import declared_buckets, store_accesses
from policies.drift import compare
from policies.drift.databases import catalogs
from policies.facts.access import Grant, Role, RoleSetting
from policies.facts.cache import CacheFacts, CacheUser
from policies.facts.catalog import Catalog
from policies.facts.containers import Container
from policies.facts.facts import Facts, Unread
from policies.facts.objects import BucketFacts, LifecycleRule, ObjectStoreFacts, ObjectUser
from policies.facts.relations import Relation
from policies.facts.server import HbaRule, Setting
from policies.scopes.objects import SYSTEM_USERS

INTENT = load_intent("dev")
TABLE = Relation("event_service", "events", "table", "event_service_owner", row_security=True, force_row_security=True)
CATALOG = Catalog("postgres-shared", "aqstream", roles=(Role("event_service_app", can_login=True),), relations=(TABLE,))
CONFIGURED = replace(CATALOG, hba_rules=(HbaRule(1, "hostssl", ("all",), ("all",), "all", "scram-sha-256"),))
CONTAINER = Container("aqstream-dev-postgres-shared", "sha256:1", networks=("aqstream-dev-shared",), memory=1)


def facts(plane: str, catalog: Catalog, *containers: Container) -> Facts:
    return Facts(plane, INTENT, catalogs={"postgres-shared": catalog}, containers=containers)  # type: ignore[arg-type]


def drift(live: Catalog, container: Container = CONTAINER) -> dict[str, str]:
    declared = facts("rendered-sql", CATALOG)
    planned = facts("plan", CONFIGURED, CONTAINER)
    found = compare(declared, planned, facts("live", live, container))
    return {difference.object: difference.aspect for difference in found.differences}


def test_a_healthy_stack_has_none() -> None:
    assert not drift(CONFIGURED)


@pytest.mark.parametrize(("stack", "alarms"), [("staging", False), ("dev", True)])
def test_logins_of_the_nodes_to_each_other_belong_to_a_replicated_instance_only(stack: str, alarms: bool) -> None:
    intent = load_intent(stack)
    nodes = replace(
        CATALOG,
        roles=(*CATALOG.roles, Role("replicator", can_login=True, can_replicate=True)),
        role_settings=(RoleSetting("replicator", None, "search_path", "pg_catalog, pg_temp"),),
    )
    declared = Facts("rendered-sql", intent, catalogs={"postgres-shared": CATALOG})
    live = Facts("live", intent, catalogs={"postgres-shared": nodes})
    assert bool(list(catalogs(declared, live, stack))) is alarms


@pytest.mark.parametrize(
    ("live", "where", "aspect"),
    [
        (
            replace(CONFIGURED, roles=(Role("event_service_app", can_login=True, bypasses_row_security=True),)),
            "postgres-shared event_service_app",
            "role attributes",
        ),
        (
            replace(CONFIGURED, relations=(replace(TABLE, acl=(Grant("public", "SELECT"),)),)),
            "postgres-shared event_service.events",
            "grants",
        ),
        (
            replace(CONFIGURED, relations=(replace(TABLE, force_row_security=False),)),
            "postgres-shared event_service.events",
            "row security",
        ),
        (
            replace(CONFIGURED, hba_rules=(HbaRule(1, "host", ("all",), ("all",), "all", "trust"),)),
            "postgres-shared pg_hba line 1",
            "authentication",
        ),
        (
            replace(CONFIGURED, settings=(Setting("work_mem", "9", is_from_alter_system=True),)),
            "postgres-shared work_mem",
            "settings",
        ),
    ],
)
def test_each_difference_is_named(live: Catalog, where: str, aspect: str) -> None:
    assert drift(live) == {where: aspect}


def test_a_container_on_another_network_is_named() -> None:
    moved = replace(CONTAINER, networks=("aqstream-dev-shared", "bridge"))
    assert drift(CONFIGURED, moved) == {"aqstream-dev-postgres-shared networks": "containers"}


def test_what_could_not_be_read_is_not_compared() -> None:
    blind = replace(facts("live", CONFIGURED), unread=(Unread("containers", "docker", "down"),))
    found = compare(facts("rendered-sql", CATALOG), facts("plan", CONFIGURED, CONTAINER), blind)
    assert not found.differences
    assert found.unread


ACCESS = next(access for access in accesses(INTENT.services.values(), "durable") if access.login == "media_service")
USER = CacheUser(
    "media_service",
    keys=tuple(f"~{key}" for key in ACCESS.keys),
    channels=tuple(f"&{channel}" for channel in ACCESS.channels),
    allowed=frozenset({*ACCESS.commands, "auth", "hello"}),
)
BUCKETS = tuple(
    BucketFacts(
        name,
        is_versioned=bucket.versioned,
        lifecycle=() if bucket.noncurrent_days is None else (LifecycleRule(noncurrent_days=bucket.noncurrent_days),),
        policy={} if bucket.public_read else None,
        is_encrypted=bucket.encrypted,
        quota=bucket.quota or 0,
    )
    for name, bucket in declared_buckets(INTENT).items()
)
USERS = tuple(ObjectUser(name, (name,)) for name in (*SYSTEM_USERS, *(each.login for each in store_accesses(INTENT))))


def stored(user: CacheUser = USER, buckets: tuple[BucketFacts, ...] = BUCKETS, users: object = USERS) -> set[str]:
    """The object and aspect of every difference that is about this user, the buckets and the store's users."""
    cache = CacheFacts("redis:6379", users=(user,))
    objects = ObjectStoreFacts("minio:9000", buckets=buckets, users=users)  # type: ignore[arg-type]
    live = Facts("live", INTENT, caches={"redis": cache}, objects=objects)
    found = compare(Facts("rendered-sql", INTENT), Facts("plan", INTENT), live).differences
    return {each.object for each in found if each.object.startswith(("minio/", f"redis/{user.name} "))}


def test_declared_users_and_buckets_do_not_differ() -> None:
    assert not stored()


@pytest.mark.parametrize(
    ("user", "aspect"),
    [
        (replace(USER, keys=(*USER.keys, "~aqstream:payment:*")), "keys"),
        (replace(USER, channels=()), "channels"),
        (replace(USER, allowed=frozenset({*ACCESS.commands, "keys"})), "commands"),
        (replace(USER, is_enabled=False), "enabled"),
        (replace(USER, selectors=("~* +get",)), "selectors"),
        (replace(USER, name="visitor"), "user"),
    ],
)
def test_a_changed_cache_user_is_named(user: CacheUser, aspect: str) -> None:
    assert stored(user) == {f"redis/{user.name} {aspect}"}


@pytest.mark.parametrize(
    ("change", "aspect"),
    [
        ({"is_versioned": not BUCKETS[0].is_versioned}, "versioning"),
        ({"lifecycle": (LifecycleRule(current_days=1),)}, "lifecycle"),
        ({"is_encrypted": not BUCKETS[0].is_encrypted}, "encryption"),
        ({"quota": 1}, "quota"),
    ],
)
def test_a_changed_bucket_is_named(change: dict[str, object], aspect: str) -> None:
    changed = replace(BUCKETS[0], **change)  # type: ignore[arg-type]
    assert stored(buckets=(changed, *BUCKETS[1:])) == {f"minio/{changed.name} {aspect}"}


def test_strangers_and_what_is_missing_in_the_store_are_named() -> None:
    assert stored(buckets=(*BUCKETS, BucketFacts("stray"))) == {"minio/stray bucket"}
    assert stored(users=(*USERS, ObjectUser("visitor"))) == {"minio/visitor user"}
    widened = (ObjectUser(USERS[0].name, (USERS[0].name, "readwrite")), *USERS[1:])
    assert stored(users=widened) == {f"minio/{USERS[0].name} policies"}
