"""What a command in a container writes, off the Docker Engine's stream; here because both sides need it unchanged.

`APIClient.exec_start` asks for an upgraded connection and reads its socket past the buffer that the answer's headers
came through. What the command wrote before this process got to read them is lost, which a busy process shows as a
command that printed nothing. Without the upgrade the engine sends the same frames as an ordinary body.
Source: Docker Engine API, "Attach to a container", stream format.
"""

from __future__ import annotations

import struct
import time
from collections.abc import Iterator
from typing import Any

import requests
from docker.errors import create_api_error_from_http_exception

STDOUT, STDERR = 1, 2
NOT_TOLD = -1
_ENDING_SECONDS = 10.0
_HEADER = struct.Struct(">BxxxL")


def frames(api: Any, identifier: str) -> Iterator[tuple[int, bytes]]:
    """Start the exec of this id and yield (`STDOUT` or `STDERR`, bytes) until it ends.

    `api` is a `docker.APIClient`; raises APIError, and what `requests` raises where the connection breaks.
    """
    url = f"{api.base_url}/v{api.api_version}/exec/{identifier}/start"
    request = {"Detach": False, "Tty": False}
    with api.post(url, json=request, stream=True, timeout=(api.timeout, None)) as answer:
        _refuse(answer)
        while len(header := answer.raw.read(_HEADER.size)) == _HEADER.size:
            kind, length = _HEADER.unpack(header)
            yield kind, answer.raw.read(length)


def exit_code(api: Any, identifier: str) -> int:
    """How the exec ended; NOT_TOLD where the engine closed its output and does not say for `_ENDING_SECONDS`."""
    deadline = time.monotonic() + _ENDING_SECONDS
    while (code := api.exec_inspect(identifier)["ExitCode"]) is None and time.monotonic() < deadline:
        time.sleep(0.05)
    return NOT_TOLD if code is None else int(code)


def _refuse(answer: requests.Response) -> None:
    try:
        answer.raise_for_status()
    except requests.HTTPError as error:
        create_api_error_from_http_exception(error)
