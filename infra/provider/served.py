"""The plugin as the Pulumi CLI's process sees it: failures arrive there as messages, without tracebacks."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from pulumi.provider.experimental import provider as rpc

from infra.model.errors import AqdataError
from infra.provider.plugin import AqstreamProvider

Answer = TypeVar("Answer")


class Refused(NotImplementedError):
    """An error for the user. The SDK's server adds a traceback to every exception but NotImplementedError's."""


async def _told(call: Callable[[Any], Awaitable[Answer]], request: Any) -> Answer:
    try:
        return await call(request)
    except AqdataError as error:
        raise Refused(f"{error.message}\nnext: {error.hint}" if error.hint else error.message) from None


class ServedProvider(AqstreamProvider):
    """The same provider; what its methods raise is worded for a reader."""

    async def check(self, request: rpc.CheckRequest) -> rpc.CheckResponse:
        return await _told(super().check, request)

    async def diff(self, request: rpc.DiffRequest) -> rpc.DiffResponse:
        return await _told(super().diff, request)

    async def create(self, request: rpc.CreateRequest) -> rpc.CreateResponse:
        return await _told(super().create, request)

    async def update(self, request: rpc.UpdateRequest) -> rpc.UpdateResponse:
        return await _told(super().update, request)

    async def read(self, request: rpc.ReadRequest) -> rpc.ReadResponse:
        return await _told(super().read, request)

    async def delete(self, request: rpc.DeleteRequest) -> None:
        return await _told(super().delete, request)
