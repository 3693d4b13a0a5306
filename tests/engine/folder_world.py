"""A provider whose world is a folder, as both engines can reach it: in-process, and as a plugin."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from pulumi.provider.experimental import provider as sdk
from pulumi.provider.experimental.property_value import PropertyValue
from pulumi.provider.experimental.server import main
from pulumi.runtime.rpc import UNKNOWN

WORLD = "FOLDER_WORLD"
VERSION = "0.1.0"


class FolderProvider(sdk.Provider):
    """Things are files in the folder that an environment variable names. A changed `key` replaces."""

    async def get_schema(self, request: sdk.GetSchemaRequest) -> sdk.GetSchemaResponse:
        return sdk.GetSchemaResponse(json.dumps({"name": "fake", "version": VERSION}))

    async def check_config(self, request: sdk.CheckRequest) -> sdk.CheckResponse:
        return sdk.CheckResponse(inputs={})

    async def diff(self, request: sdk.DiffRequest) -> sdk.DiffResponse:
        old = {key: item.with_secret(False) for key, item in request.old_state.items() if key != "made"}
        new = {key: item.with_secret(False) for key, item in request.new_inputs.items()}
        changed = sorted(key for key in {*old, *new} if old.get(key) != new.get(key))
        return sdk.DiffResponse(changes=bool(changed), replaces=[key for key in changed if key == "key"], diffs=changed)

    async def create(self, request: sdk.CreateRequest) -> sdk.CreateResponse:
        if request.preview:
            return sdk.CreateResponse(None, {**request.properties, "made": PropertyValue(UNKNOWN)})
        made = f"{request.urn.split('::')[-1]}-{os.urandom(4).hex()}"
        _file(made).write_text(request.urn)
        return sdk.CreateResponse(made, {**request.properties, "made": PropertyValue(made)})

    async def read(self, request: sdk.ReadRequest) -> sdk.ReadResponse:
        is_there = _file(request.resource_id).exists()
        return sdk.ReadResponse(request.resource_id if is_there else None, request.properties, request.inputs)

    async def update(self, request: sdk.UpdateRequest) -> sdk.UpdateResponse:
        return sdk.UpdateResponse({**request.news, "made": PropertyValue(request.resource_id)})

    async def delete(self, request: sdk.DeleteRequest) -> None:
        _file(request.resource_id).unlink()


def _file(made: str) -> Path:
    return Path(os.environ[WORLD]) / made


if __name__ == "__main__":
    main(sys.argv[1:], VERSION, FolderProvider())
