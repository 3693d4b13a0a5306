"""One node of a cluster, as its Patroni answers from inside its container."""

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from docker.errors import NotFound

from infra.backup.container import execute
from infra.host.docker_api import engine
from infra.model.errors import ResourceError

State = dict[str, Any]
_REQUEST = "aqstream-patroni-request"
_JOINED = "aqstream-patroni-joined"
_CONFIGURATION = "/etc/aqstream/patroni.yml"
_STOP_SECONDS = 30


@dataclass(frozen=True)
class Answer:
    """A status of HTTP and the body, JSON or text."""

    status: int
    body: Any

    @property
    def is_ok(self) -> bool:
        """Whether what was asked for was done or is on its way."""
        return self.status in (HTTPStatus.OK, HTTPStatus.ACCEPTED)


@dataclass(frozen=True)
class Node:
    """A node by its container."""

    container: str

    @property
    def is_to_be_plain(self) -> bool:
        """Whether its files, which are written before its container is made anew, are those of a plain server."""
        return execute(self.container, ["test", "-s", _CONFIGURATION]).code == 1

    def stop(self) -> None:
        """Stop its container, if there is one. Raises ResourceError where Docker refuses."""
        with engine(f"container {self.container}", on=self.container) as client, suppress(NotFound):
            client.api.stop(self.container, timeout=_STOP_SECONDS)

    def ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Answer | None:
        """Its answer, or None where it gives none: stopped, starting, or gone."""
        arguments = [method, path, *([json.dumps(body)] if body is not None else [])]
        try:
            ended = execute(self.container, [_REQUEST, *arguments])
        except ResourceError:
            return None
        status, _, text = ended.output.partition("\n")
        return Answer(int(status), _parsed(text)) if not ended.code and status.isdigit() else None

    def state(self) -> State:
        """`GET /patroni`: role, state, timeline and more; empty while it does not answer."""
        answer = self.ask("GET", "/patroni")
        return answer.body if answer and isinstance(answer.body, dict) else {}

    def missing(self, names: Sequence[str], seconds: float) -> Sequence[str]:
        """Those of these nodes that neither lead nor stream after so long; all of them where this one cannot ask."""
        try:
            ended = execute(self.container, [_JOINED, str(max(0.0, seconds)), *names])
        except ResourceError:
            return names
        return ended.output.split() or names if ended.code else ()

    def require(self, method: str, path: str, body: Mapping[str, Any]) -> None:
        """Have it do something. Raises ResourceError with its reason."""
        answer = self.ask(method, path, body)
        if answer is None or not answer.is_ok:
            reason = "it does not answer" if answer is None else str(answer.body).strip()
            raise ResourceError(f"{self.container}: {method} {path}: {reason}", f"docker logs {self.container}")

    def run(self, *command: str) -> str:
        """A command in its container; what it printed. Raises ResourceError."""
        ended = execute(self.container, command)
        if ended.code:
            raise ResourceError(f"{self.container}: {command[0]}: {ended.reason}", f"docker logs {self.container}")
        return ended.output.strip()


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text
