"""A program that waits for itself ends with the names of what waits; one that only waits long goes on."""

import asyncio
import threading
import time

import pulumi
import pytest

from infra.engine.embedded.standstill import Standstill
from tests.engine.conftest import Stack
from tests.engine.programs import Thing


class Holder(pulumi.ComponentResource):
    def __init__(self, name: str) -> None:
        super().__init__("fake:index:Holder", name)


def circle() -> None:
    holder = Holder("holder")
    Thing("free")
    late: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    child = Thing("child", {"of": pulumi.Output.from_input(late)}, pulumi.ResourceOptions(parent=holder))
    needing = Thing("needing", {}, pulumi.ResourceOptions(depends_on=[holder]))
    Thing("after", {"of": child.made})
    needing.made.apply(late.set_result)


@pytest.mark.parametrize("verb", ["up", "preview"])
def test_a_circle_is_named(stack: Stack, verb: str) -> None:
    began = time.monotonic()
    error = stack.refuse(verb, circle)
    assert time.monotonic() - began < 15
    assert isinstance(error, Standstill)
    assert "child" in error.message
    assert "needing" in error.message
    assert "free" not in error.message
    assert "holder" not in error.message.replace("fake:index:Holder", "")
    assert "depends_on" in error.hint


def test_a_circle_leaves_the_rest_in_the_state(stack: Stack) -> None:
    stack.refuse("up", circle)
    assert stack.world.names() == ["free"]
    assert stack.up(lambda: Thing("free")).changes["same"] == 2


def test_slow_steps_are_no_standstill(stack: Stack) -> None:
    stack.world.delay = 2.5
    stack.up(lambda: Thing("b", {"of": Thing("a").made}))
    assert stack.world.names() == ["a", "b"]


def test_a_program_that_waits_by_the_clock_goes_on(stack: Stack) -> None:
    async def later() -> str:
        await asyncio.sleep(2.5)
        return "late"

    stack.up(lambda: Thing("a", {"of": pulumi.Output.from_input(later())}))
    assert stack.world.names() == ["a"]


def test_a_program_that_waits_for_a_thread_of_its_own_goes_on(stack: Stack) -> None:
    def program() -> None:
        loop = asyncio.get_running_loop()
        late: asyncio.Future[str] = loop.create_future()

        def work() -> None:
            time.sleep(2.5)
            loop.call_soon_threadsafe(late.set_result, "late")

        threading.Thread(target=work).start()
        Thing("a", {"of": pulumi.Output.from_input(late)})

    stack.up(program)
    assert stack.world.names() == ["a"]


def test_a_program_that_waits_for_another_process_goes_on(stack: Stack) -> None:
    async def asked() -> str:
        process = await asyncio.create_subprocess_exec("sh", "-c", "sleep 2.5; echo late", stdout=-1)
        out, _ = await process.communicate()
        return out.decode()

    stack.up(lambda: Thing("a", {"of": pulumi.Output.from_input(asked())}))
    assert stack.world.names() == ["a"]
