"""An update in a process of its own, on a world that is a folder and slow; for tests that interrupt it."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from pulumi.provider.experimental import provider as sdk
from pulumi.provider.experimental.property_value import PropertyValue

from infra.engine import Options, Workspace
from infra.engine.embedded.engine import EmbeddedEngine
from infra.engine.events import Event, StepFinished, StepStarted, Summary
from infra.model.errors import AqdataError
from tests.engine.programs import Thing


def provider_in(folder: Path, seconds: float) -> type[sdk.Provider]:
    """A provider that takes its time before and after it makes a file."""

    class SlowProvider(sdk.Provider):
        async def check_config(self, request: sdk.CheckRequest) -> sdk.CheckResponse:
            return sdk.CheckResponse(inputs={})

        async def create(self, request: sdk.CreateRequest) -> sdk.CreateResponse:
            if request.preview:
                return sdk.CreateResponse(None, {})
            time.sleep(seconds)
            made = f"{request.name}-{len(list(folder.iterdir()))}"
            (folder.parent / made).write_text(request.urn)
            (folder.parent / made).rename(folder / made)
            time.sleep(seconds)
            return sdk.CreateResponse(made, {"made": PropertyValue(made)})

        async def diff(self, request: sdk.DiffRequest) -> sdk.DiffResponse:
            return sdk.DiffResponse(changes=False)

        async def read(self, request: sdk.ReadRequest) -> sdk.ReadResponse:
            is_there = (folder / request.resource_id).exists()
            made = {"made": PropertyValue(request.resource_id)}
            return sdk.ReadResponse(request.resource_id if is_there else None, made, request.inputs)

        async def adopt(self, type_token: str, urn: str, inputs: dict[str, PropertyValue]) -> str | None:
            return next((path.name for path in folder.iterdir() if path.read_text() == urn), None)

    return SlowProvider


def program() -> None:
    first = Thing("first")
    second = Thing("second", {"of": first.made})
    Thing("third", {"of": second.made})


def tell(event: Event) -> None:
    """Say what happens, for the test to read."""
    if isinstance(event, StepStarted | StepFinished):
        print(type(event).__name__, event.step.name, flush=True)  # noqa: T201 the test's only view
    elif isinstance(event, Summary):
        print(event.result, *(urn.split("::")[-1] for urn in event.remaining), flush=True)  # noqa: T201 likewise


def main(root: Path, seconds: float) -> int:
    world = root / "world"
    world.mkdir(exist_ok=True)
    workspace = Workspace(
        root=root,
        project="test",
        stack="dev",
        config_file=root / "Pulumi.dev.yaml",
        backend=root,
        program=program,
        passphrase=lambda: "x",
        providers={"fake": provider_in(world, seconds)},
    )
    try:
        EmbeddedEngine(workspace).up(Options(), tell)
    except AqdataError as error:
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), float(sys.argv[2])))
