"""A copy of a running Redis server's disk: beside other drills, within its space, from the node that takes writes."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

import pytest

from infra.backup.drill.cache import Node, write_marker
from infra.backup.drill.cache_copy import answer, copied, require_room
from infra.model.errors import ResourceError
from infra.provider.cache_login import connect
from tests.servers.container import free_port
from tests.servers.redis import TestRedis, running_redis

pytestmark = pytest.mark.docker
MARKER = "aqstream:user:session:marker"
USER = "user_service"


def silent(_: str) -> None:
    pass


def files(redis: TestRedis) -> str:
    listed: Any = redis.server.container.exec_run(["ls", "/data"]).output
    return str(listed.decode())


def test_two_copies_at_once_leave_each_others_files_alone(durable_redis: TestRedis) -> None:
    name = durable_redis.server.name
    with connect(durable_redis.login(USER)) as session:
        session.run("SET", MARKER, "there", "EX", 600)
    with ExitStack() as held, ThreadPoolExecutor(2) as pool:
        copies = pool.map(lambda _: held.enter_context(copied(name, silent)), range(2))
        assert [answer(copy, "EXISTS", MARKER) for copy in copies] == ["1", "1"]
    assert "drill" not in files(durable_redis)


def test_a_disk_without_room_is_refused_before_anything_is_written() -> None:
    with running_redis("durable", tmpfs={"/data": "size=24m,uid=999,gid=999,mode=0700"}) as cramped:
        with connect(cramped.login(USER)) as session:
            for number in range(12):
                session.run("SET", f"aqstream:user:session:{number}", "x" * (1 << 20), "EX", 600)
        with pytest.raises(ResourceError, match="MiB free") as refused:
            require_room(cramped.server.name)
        assert "free space" in refused.value.hint
        with pytest.raises(ResourceError, match="MiB free"), copied(cramped.server.name, silent):
            pass
        assert "drill" not in files(cramped)


def test_a_node_that_is_down_is_passed_over(durable_redis: TestRedis) -> None:
    login = durable_redis.login(USER)
    down = Node("redis", login.model_copy(update={"port": free_port()}))
    assert write_marker([down, Node("redis-2", login)], MARKER).name == "redis-2"
    with pytest.raises(ResourceError, match="no node of the durable Redis server takes writes: redis: "):
        write_marker([down], MARKER)
