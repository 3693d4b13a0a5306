"""One pooled client of a Docker Engine, connected when it is first needed; its errors in the project's tree."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from docker import APIClient
from docker.context import ContextAPI
from docker.errors import APIError, DockerException
from docker.tls import TLSConfig
from requests.exceptions import RequestException

from infra.engine.embedded.docker.configuration import DEFAULT_HOST, HostSettings
from infra.engine.embedded.docker.field import Properties
from infra.host.memory_file import memory_file
from infra.model.docker_engine import OLDEST_VERSION, EngineAddress, connect, root_cause, was_never_sent
from infra.model.errors import ConfigurationError, OutcomeUnknown, ResourceError

POOL_SIZE = 64
TIMEOUT_SECONDS = 120
FORBIDDEN = 403
NOT_FOUND = 404
CONFLICT = 409


class Refused(ResourceError):
    """The engine answered, and said no: `status` is HTTP's, `said` its words."""

    def __init__(self, action: str, status: int, said: str) -> None:
        super().__init__(f"cannot {action}: {said}")
        self.status = status
        self.said = said


class Docker:
    """The Docker Engine of one provider."""

    def __init__(self, settings: HostSettings) -> None:
        self.settings = settings
        self._api: APIClient | None = None
        self._where = settings.host
        self._connecting = threading.Lock()

    @property
    def api(self) -> APIClient:
        """The SDK's client; raises ResourceError when the engine does not answer."""
        with self._connecting:
            if self._api is None:
                self._api = self._connected()
            return self._api

    def inspect(self, kind: str, identifier: str) -> Properties | None:
        """A `container`, `network`, `volume` or `image` as Docker describes it; None when there is none."""
        try:
            with self.asked(f"inspect {kind} {identifier}"):
                found: Properties = getattr(self.api, f"inspect_{kind}")(identifier)
        except Refused as refusal:
            if refusal.status == NOT_FOUND:
                return None
            raise
        return found

    @contextmanager
    def asked(self, action: str) -> Iterator[None]:
        """Turns the SDK's errors into ResourceError: a no into Refused, and a lost answer into OutcomeUnknown.

        An engine that does not answer is connected to anew by whoever asks it next, which takes bounded time.
        """
        try:
            yield
        except APIError as error:
            raise Refused(action, int(error.status_code or 0), _explanation(error)) from error
        except (RequestException, DockerException) as error:
            self._disconnect()
            raise self._silence(error) from error

    def _connected(self) -> APIClient:
        """One that was named is reached like every declared host; what DOCKER_HOST names is this machine's own."""
        try:
            self._where, tls = _endpoint(self.settings)
            if self.settings.host or self._where.startswith("ssh://"):
                address = EngineAddress(self._where, self.settings.cert_path, self.settings.ssh_opts)
                return connect(address, TIMEOUT_SECONDS, POOL_SIZE, tls)
            return _local(self._where, tls)
        except APIError as error:
            raise Refused("connect to Docker", int(error.status_code or 0), _explanation(error)) from error
        except (RequestException, DockerException) as error:
            raise self._unheard(error) from error

    def _disconnect(self) -> None:
        self._api = None

    def _silence(self, error: Exception) -> ResourceError:
        """The same words whatever was asked, so that they are read once."""
        if was_never_sent(error):
            return self._unheard(error)
        return OutcomeUnknown(
            f"Docker at {self._where} stopped answering ({root_cause(error)}): what it was asked may be done or not",
            f"`{self._trial}` shows why; then run the same command again: it looks for what was begun and goes on",
        )

    def _unheard(self, error: Exception) -> ResourceError:
        return ResourceError(
            f"Docker at {self._where} does not answer ({root_cause(error)})",
            f"`{self._trial}` shows why; then run the same command again: the state holds everything that was done",
        )

    @property
    def _trial(self) -> str:
        is_declared = self.settings.host and not self.settings.is_local
        return EngineAddress(self._where, self.settings.cert_path).trial if is_declared else "aqdata doctor"


@contextmanager
def half_done() -> Iterator[None]:
    """What follows belongs to a change that has begun: where it fails, how far the change got is not known."""
    try:
        yield
    except ResourceError as failure:
        raise OutcomeUnknown(failure.message, failure.hint) from failure


@contextmanager
def suppressed(*statuses: int) -> Iterator[None]:
    """Lets the engine say no with one of these statuses."""
    try:
        yield
    except Refused as refusal:
        if refusal.status not in statuses:
            raise


def _explanation(error: Any) -> str:
    text = error.explanation
    return (text.decode() if isinstance(text, bytes) else str(text)).strip()


def _local(host: str, tls: TLSConfig | None) -> APIClient:
    probe = _client(host, tls, OLDEST_VERSION)
    return _client(host, tls, str(probe.version(api_version=False)["ApiVersion"]))


def _client(host: str, tls: TLSConfig | None, version: str) -> APIClient:
    return APIClient(
        base_url=host,
        version=version,
        tls=tls or False,
        timeout=TIMEOUT_SECONDS,
        num_pools=POOL_SIZE,
        max_pool_size=POOL_SIZE,
    )


def _endpoint(settings: HostSettings) -> tuple[str, TLSConfig | None]:
    if settings.context:
        context = ContextAPI.get_context(settings.context)
        if context is None:
            raise ConfigurationError(f"there is no Docker context {settings.context!r}", "docker context ls shows them")
        return context.Host or DEFAULT_HOST, context.TLSConfig
    return settings.host or os.environ.get("DOCKER_HOST") or DEFAULT_HOST, _tls(settings)


def _tls(settings: HostSettings) -> TLSConfig | None:
    """Of certificates that are given as text; a folder of them is read where it is used."""
    if not (settings.cert_material or settings.ca_material):
        return None
    certificate, key, authority = (
        memory_file(material) for material in (settings.cert_material, settings.key_material, settings.ca_material)
    )
    return TLSConfig(client_cert=(certificate, key), ca_cert=authority, verify=True)
