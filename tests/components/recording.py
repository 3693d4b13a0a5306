"""Run a component against Pulumi's mocks and see what it declares."""

import asyncio
from collections.abc import Callable
from typing import Any

import pulumi
from pulumi.runtime import mocks

Declared = dict[str, list[mocks.MockResourceArgs]]


class _Recorder(mocks.Mocks):
    def __init__(self) -> None:
        self.declared: Declared = {}

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        self.declared.setdefault(args.typ, []).append(args)
        computed = {"result": f"secret-of-{args.name}", "certificate": f"certificate-of-{args.name}"}
        return f"{args.name}-id", {**args.inputs, **computed, "privateKey": f"key-of-{args.name}"}

    def call(self, args: mocks.MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]] | None]:
        return {}, None


def declare(program: Callable[[], object]) -> Declared:
    """Type token -> the resources that the program declares."""
    asyncio.set_event_loop(asyncio.new_event_loop())  # an earlier test's asyncio.run leaves none behind
    recorder = _Recorder()
    mocks.set_mocks(recorder, project="aqstream", stack="dev", preview=False)

    testing: Any = pulumi.runtime
    testing.test(program)()
    return recorder.declared
