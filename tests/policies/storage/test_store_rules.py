"""Each rule about the object store with its BAD and GOOD, done to a real MinIO."""

from collections import ChainMap
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import Any

import pytest
from minio.error import S3Error

from infra.model.object_access import PROVISIONER, VERIFIER
from infra.provider.bucket import BucketType
from infra.provider.object_store_login import connect
from infra.provider.object_store_server import ObjectStoreServerType
from infra.provider.object_store_session import Store
from infra.provider.object_store_user import ObjectStoreUserType
from policies.evaluate import Verdict, evaluate
from policies.facts.facts import Facts
from policies.rule import Rule, load_rules
from policies.scopes.objects import distributed_stores
from policies.sources.live.access import Access, Endpoint, KeyPair
from policies.sources.live.minio import read_objects
from tests.policies.storage import mc
from tests.servers.minio import TestMinio, statements_of

pytestmark = pytest.mark.docker

RULES = [rule for rule in load_rules() if rule.scope.part == "objects" and rule.scope is not distributed_stores]
REACH = "store_owners_reach_their_objects"
"""One good example gives a service less than it needs, which this rule alone rightly finds."""


@pytest.fixture(scope="module")
def access(minio: TestMinio, tmp_path_factory: pytest.TempPathFactory) -> Access:
    """The outputs of a stack with this store."""
    authority = tmp_path_factory.mktemp("trust") / "authority.pem"
    authority.write_text(minio.authority.certificate)
    endpoint = Endpoint("127.0.0.1", minio.server.port)
    keys = {name: KeyPair(name, secret) for name, secret in minio.secrets.items()}
    return Access(endpoints={"minio": endpoint}, authority=authority, objects=keys)


@contextmanager
def _done(minio: TestMinio, example: str) -> Iterator[None]:
    """The example, and everything as declared afterwards."""
    with connect(minio.login(PROVISIONER)) as store:
        mc.run(store, example)
        try:
            yield
        finally:
            _undo(minio, store, example)


def _undo(minio: TestMinio, store: Store, example: str) -> None:
    """Remove what is not declared, and set what is, as far as the example touched it."""
    for bucket in store.s3.list_buckets():
        if bucket.name not in minio.buckets:
            store.s3.remove_bucket(bucket.name)
    for name in minio.buckets:
        if name in example:
            BucketType().update(name, {}, minio.bucket_inputs(name))
    for name in statements_of(minio.intent):
        if name in example:
            ObjectStoreUserType().update(name, {}, minio.user_inputs(name))
    if "visitor" in example:
        store.admin.user_remove("visitor")
    if "root_access" in example:
        ObjectStoreServerType().create(minio.server_inputs())


@contextmanager
def _applied(example: str, minio: TestMinio) -> Iterator[dict[str, Any]]:
    """The example done to the store, or what it changes in the facts."""
    if example.startswith("facts "):
        _, name, value = example.split()
        yield {name: value == "true"}
    else:
        with _done(minio, example):
            yield {}


def _facts(minio: TestMinio, access: Access, changes: Mapping[str, Any]) -> Facts:
    objects, unread = read_objects(access, minio.intent)
    changed = replace(objects, **changes) if objects else None
    return Facts(plane="live", intent=minio.intent, objects=changed, unread=unread)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_the_bad_example_is_found(rule: Rule, minio: TestMinio, access: Access) -> None:
    with _applied(rule.bad, minio) as changes:
        results = evaluate([rule], _facts(minio, access, changes))
    assert Verdict.FAIL in {result.verdict for result in results}


def test_no_good_example_is_found(minio: TestMinio, access: Access) -> None:
    with ExitStack() as stack:
        changes = [stack.enter_context(_applied(rule.good, minio)) for rule in RULES]
        results = evaluate(RULES, _facts(minio, access, ChainMap(*changes)))
    assert {result.verdict for result in results if result.rule != REACH} == {Verdict.PASS}


def test_a_deployed_store_passes_every_rule(minio: TestMinio, access: Access) -> None:
    results = evaluate(RULES, _facts(minio, access, {}))
    assert [result for result in results if result.verdict is not Verdict.PASS] == []
    assert {result.rule for result in results} == {rule.id for rule in RULES}


def test_the_checks_leave_no_object_and_no_version_behind(minio: TestMinio, access: Access) -> None:
    before = _versions(minio)
    read_objects(access, minio.intent)
    assert _versions(minio) == before


def _versions(minio: TestMinio) -> set[tuple[str, str | None, str | None]]:
    store = minio.s3(VERIFIER)
    return {
        (name, found.object_name, found.version_id)
        for name in minio.buckets
        for found in store.list_objects(name, recursive=True, include_version=True)
    }


def test_the_verifier_reads_no_object(minio: TestMinio) -> None:
    with pytest.raises(S3Error, match="AccessDenied"):
        minio.s3(VERIFIER).get_object("media-images", "anything")


def test_a_store_that_does_not_answer_is_unread_and_not_passed(minio: TestMinio, access: Access) -> None:
    gone = replace(access, endpoints={"minio": Endpoint("127.0.0.1", 1)})
    objects, unread = read_objects(gone, minio.intent)
    assert objects is None
    assert [missing.part for missing in unread] == ["objects"]
