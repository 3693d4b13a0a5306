"""Redis servers and users as resources: made, read back, mended, rotated, removed."""

import ssl
import time
from collections.abc import Iterator
from typing import Any

import pytest
from redis.exceptions import AuthenticationError

from infra.components.cache_settings import system_users
from infra.model.cache_access import PROVISIONER, SYSTEM_ACCESS
from infra.model.errors import ResourceError
from infra.provider.cache_login import connect, digest
from infra.provider.cache_server import CacheServerInputs, CacheServerType
from infra.provider.cache_user import CHANGED_OUTSIDE, CacheUserInputs, CacheUserType
from tests.servers.container import DAY
from tests.servers.redis import TestRedis, running_redis

pytestmark = pytest.mark.docker


@pytest.fixture(scope="module")
def server() -> Iterator[TestRedis]:
    """A server of its own, for these tests change it."""
    with running_redis("durable") as found:
        yield found


def state_of(inputs: CacheUserInputs | CacheServerInputs, **computed: Any) -> dict[str, Any]:
    """The inputs as they are kept in a stack's state."""
    return inputs.model_dump(mode="json", by_alias=True) | computed


def drift(server: TestRedis, *command: str) -> None:
    with connect(server.login(PROVISIONER)) as session:
        session.run(*command)


def test_a_deployed_user_is_read_back_as_declared(server: TestRedis) -> None:
    inputs = server.user_inputs("user_service")
    state = state_of(inputs, retiring={})
    assert CacheUserType().read("user_service", state, inputs) == state


@pytest.mark.parametrize(
    ("rules", "changed"),
    [
        (("%R~aqstream:payment:*",), "keys"),
        (("&aqstream:payment:*",), "channels"),
        (("+scan",), "commands"),
        (("-get",), "commands"),
        (("(+get ~*)",), "commands"),
        (("nopass",), "password"),
        (("resetpass", ">another-password"), "password"),
        ((">one-more-password",), "password"),
        (("off",), "enabled"),
    ],
)
def test_a_change_made_outside_is_read_and_mended(server: TestRedis, rules: tuple[str, ...], changed: str) -> None:
    inputs = server.user_inputs("user_service")
    state = state_of(inputs, retiring={})
    drift(server, "ACL SETUSER", "user_service", *rules)
    found = CacheUserType().read("user_service", state, inputs)
    assert found is not None
    assert {key for key in found if found[key] != state[key]} == {changed}
    CacheUserType().update("user_service", found, inputs)
    assert CacheUserType().read("user_service", state, inputs) == state


def test_a_removed_user_is_read_as_gone_and_made_again(server: TestRedis) -> None:
    inputs = server.user_inputs("media_service")
    CacheUserType().delete("media_service", state_of(inputs))
    assert CacheUserType().read("media_service", state_of(inputs), inputs) is None
    CacheUserType().create(inputs)
    assert server.client("media_service").ping()


def test_users_survive_a_restart(server: TestRedis) -> None:
    server.server.container.restart()
    inputs = server.user_inputs("user_service")
    with connect(server.login(PROVISIONER), patience=20):
        assert CacheUserType().read("user_service", state_of(inputs, retiring={}), inputs) is not None


def test_a_rotated_password_overlaps_with_the_one_before_until_it_retires(server: TestRedis) -> None:
    before = server.user_inputs("event_service", passwordOverlap=2)
    after = server.user_inputs("event_service", passwordOverlap=2, password="the-new-password")
    resource = CacheUserType()
    rotated = resource.update("event_service", state_of(before, retiring={}), after)
    for password in (before.password, after.password):
        assert server.client_with("event_service", password).ping()
    state = state_of(after, **rotated)
    assert resource.stale(state) == frozenset()
    time.sleep(2.1)
    assert resource.stale(state) == {"retiring"}
    assert resource.update("event_service", state, after) == {"retiring": {}}
    with pytest.raises(AuthenticationError):
        server.client_with("event_service", before.password).ping()
    CacheUserType().create(server.user_inputs("event_service"))


def test_without_an_overlap_every_earlier_password_ends_at_once(server: TestRedis) -> None:
    before = server.user_inputs("event_service", passwordOverlap=3600)
    after = server.user_inputs("event_service", passwordOverlap=0, password="after-the-leak")
    retiring = {"digest": digest("an-even-older-password"), "until": time.time() + 3600}
    CacheUserType().update("event_service", state_of(before, retiring=retiring), after)
    with connect(server.login(PROVISIONER)) as session:
        assert session.pairs("ACL GETUSER", "event_service")["passwords"] == [digest("after-the-leak")]
    CacheUserType().create(server.user_inputs("event_service"))


def test_a_deployed_server_is_read_back_as_declared(server: TestRedis) -> None:
    inputs = server.server_inputs()
    assert CacheServerType().read(inputs.container, state_of(inputs), inputs) == state_of(inputs)


def test_a_changed_setting_is_read_and_mended_without_a_restart(server: TestRedis) -> None:
    inputs = server.server_inputs()
    started = _started(server)
    drift(server, "CONFIG SET", "appendonly", "no")
    found = CacheServerType().read(inputs.container, state_of(inputs), inputs)
    assert found is not None
    assert found["settings"] == inputs.settings | {"appendonly": "no"}
    CacheServerType().update(inputs.container, found, inputs)
    assert CacheServerType().read(inputs.container, state_of(inputs), inputs) == state_of(inputs)
    assert _started(server) == started


def _started(server: TestRedis) -> str:
    server.server.container.reload()
    return str(server.server.container.attrs["State"]["StartedAt"])


def test_the_provisioners_own_password_is_rotated_with_the_one_before(server: TestRedis) -> None:
    before = server.server_inputs()
    passwords = {**server.passwords, PROVISIONER: "the-new-provisioner-password"}
    login = server.login(PROVISIONER, passwords[PROVISIONER])
    after = server.server_inputs(users=system_users(passwords, SYSTEM_ACCESS), login=login)
    CacheServerType().update(before.container, state_of(before), after)
    with connect(after.login) as session:
        assert session.run("PING") == "PONG"
    CacheServerType().update(before.container, state_of(after), before)
    with pytest.raises(ResourceError, match="invalid username-password pair"), connect(after.login):
        pass


def test_a_renewed_certificate_is_served_without_a_restart(server: TestRedis) -> None:
    certificate, key = server.authority.issue(validity=2 * DAY)
    open_connection = server.client("user_service")
    assert open_connection.ping()
    before = server.server_inputs()
    server.server.write({"tls/server.crt": certificate, "tls/server.key": key})
    CacheServerType().update(before.container, state_of(before), server.server_inputs(certificate=certificate))
    served = ssl.get_server_certificate(("127.0.0.1", server.server.port))
    assert ssl.PEM_cert_to_DER_cert(served) == ssl.PEM_cert_to_DER_cert(certificate)
    assert open_connection.ping()


def test_a_server_that_is_gone_is_an_error_that_names_its_endpoint(server: TestRedis) -> None:
    inputs = server.user_inputs("user_service")
    elsewhere = inputs.model_copy(update={"server": inputs.server.model_copy(update={"port": 1})})
    with pytest.raises(ResourceError, match=r"Redis at 127\.0\.0\.1:1 as provisioner"):
        CacheUserType().read("user_service", state_of(inputs), elsewhere)


def test_no_password_stands_in_an_error(server: TestRedis) -> None:
    login = server.login("user_service", "a-wrong-secret-password")
    with pytest.raises(ResourceError) as caught, connect(login):
        pass
    assert "a-wrong-secret-password" not in str(caught.value)
    assert CHANGED_OUTSIDE not in str(caught.value)


def test_a_node_does_not_lose_its_replicas_and_its_container_at_once() -> None:
    watched = {"container": "redis", "containerId": "a", "watchers": {"node": "redis"}}
    alone = {"container": "redis", "containerId": "a"}
    assert CacheServerType().objection(watched, alone) == ""
    assert CacheServerType().objection(watched, watched | {"containerId": "b"}) == ""
    assert "redis cannot lose its replicas" in CacheServerType().objection(watched, alone | {"containerId": "b"})
