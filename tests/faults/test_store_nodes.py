"""A distributed object store while nodes go: what clients can do, what `verify` says, and how it mends."""

import time
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from minio.error import MinioException
from urllib3.exceptions import HTTPError

from infra.model.errors import ResourceError
from infra.provider import object_store_member
from infra.provider.object_store_login import connect
from infra.provider.object_store_member import StoreMemberInputs, StoreMemberType
from policies.evaluate import Verdict, evaluate
from policies.facts.facts import Facts
from policies.rule import load_rules
from policies.sources.live.access import Access, Endpoint, KeyPair
from policies.sources.live.minio import read_objects
from tests.servers.container import RunningServer
from tests.servers.minio import TestMinio, running_store

pytestmark = [pytest.mark.docker, pytest.mark.long]

TENANT = "7c0a3f9e-1111-4222-8333-444455556666"
BUCKET = "media-documents"
RULES = [rule for rule in load_rules() if rule.scope.part == "objects"]
Store = tuple[TestMinio, list[RunningServer]]


@pytest.fixture(scope="module")
def store() -> Iterator[Store]:
    with running_store() as found:
        yield found


def failed(store: TestMinio, folder: Path) -> set[str]:
    """The rules on the object store that do not pass."""
    authority = folder / "authority.pem"
    authority.write_text(store.authority.certificate)
    access = Access(
        endpoints={"minio": Endpoint("127.0.0.1", store.server.port)},
        authority=authority,
        objects={name: KeyPair(name, secret) for name, secret in store.secrets.items()},
    )
    objects, unread = read_objects(access, store.intent)
    results = evaluate(RULES, Facts(plane="live", intent=store.intent, objects=objects, unread=unread))
    return {result.rule for result in results if result.verdict is not Verdict.PASS}


def put(store: TestMinio, name: str) -> None:
    store.s3("media_service").put_object(BUCKET, f"{TENANT}/{name}", BytesIO(b"ticket"), 6)


def get(store: TestMinio, name: str) -> bytes:
    return bytes(store.s3("media_service").get_object(BUCKET, f"{TENANT}/{name}").data)


def test_one_node_down_reads_and_writes_go_on_and_verify_says_so_until_it_is_back(store: Store, tmp_path: Path) -> None:
    seen, nodes = store
    assert failed(seen, tmp_path) == set()
    put(seen, "before")
    nodes[3].container.kill("SIGKILL")
    put(seen, "while")
    assert get(seen, "before") == get(seen, "while") == b"ticket"
    assert failed(seen, tmp_path) == {"store_drives_are_online"}
    nodes[3].container.start()
    deadline = time.monotonic() + 60
    while (wrong := failed(seen, tmp_path)) and time.monotonic() < deadline:
        time.sleep(1)
    assert wrong == set()


def test_every_node_serves_every_object(store: Store) -> None:
    seen, nodes = store
    put(seen, "anywhere")
    for node in nodes:
        login = seen.login("media_service").model_copy(update={"port": node.port})
        with connect(login) as through:
            assert through.s3.get_object(BUCKET, f"{TENANT}/anywhere").data == b"ticket"


def test_two_nodes_down_writes_are_refused_and_reads_go_on(store: Store) -> None:
    seen, nodes = store
    put(seen, "kept")
    for node in nodes[2:]:
        node.container.kill("SIGKILL")
    try:
        with pytest.raises((MinioException, HTTPError), match=r"timed out|SlowDown|quorum|Unavailable"):
            put(seen, "refused")
        assert get(seen, "kept") == b"ticket"
    finally:
        for node in nodes[2:]:
            node.container.start()


def await_renewal_of_first(nodes: list[RunningServer]) -> None:
    own, *others = [node.name for node in nodes]
    inputs = {"containers": [own, *others], "containerId": "1", "following": others}
    StoreMemberType().create(StoreMemberInputs.model_validate(inputs))


def test_the_next_node_is_renewed_once_the_store_can_spare_it(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    _, nodes = store
    nodes[3].container.kill("SIGKILL")
    monkeypatch.setattr(object_store_member, "_BACK_SECONDS", 2.0)
    with pytest.raises(ResourceError, match=f"cannot spare {nodes[1].name}"):
        await_renewal_of_first(nodes)
    monkeypatch.undo()
    nodes[3].container.start()
    await_renewal_of_first(nodes)


@pytest.mark.parametrize("reason", ["next node serves nobody", "next node runs another program"])
def test_nobody_is_waited_for_in_vain(store: Store, monkeypatch: pytest.MonkeyPatch, reason: str) -> None:
    _, nodes = store
    if "program" in reason:
        monkeypatch.setattr(object_store_member, "_PROGRAM", ("cat", "/etc/hostname"))
    away = nodes[2 if "program" in reason else 1]
    away.container.kill("SIGKILL")
    started = time.monotonic()
    try:
        await_renewal_of_first(nodes)
    finally:
        away.container.start()
    assert time.monotonic() - started < 10
