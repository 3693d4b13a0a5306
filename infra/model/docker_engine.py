"""A client of another machine's Docker Engine; here because what checks and what is checked both need it unchanged.

What can be wrong is said in one message within bounded time: the host, the cause, what was expected, and the command
that shows it.
"""

import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from docker import APIClient
from docker.errors import DockerException, TLSParameterError
from docker.tls import TLSConfig
from requests.exceptions import ConnectTimeout, RequestException
from urllib3.exceptions import NewConnectionError

from infra.model.errors import AqdataError, HostUnreachable
from infra.model.ssh_tunnel import CONNECT_SECONDS, SshAddress, Tunnel, ssh_options, tunnel

OLDEST_VERSION = "1.41"
_NOT_AGAIN_SECONDS = 15.0
_CERTIFICATES = ("ca.pem", "cert.pem", "key.pem")
_TRUSTED = "one that its own authority has signed"
_TLS_REASONS = (
    ("mismatch", "its certificate is for another name", "a certificate with this name or address"),
    ("expired", "its certificate has expired", "a valid certificate"),
    ("CERTIFICATE_VERIFY_FAILED", "its certificate is of another authority", "one that ca.pem has signed"),
    ("ALERT", "it refuses our certificate", _TRUSTED),
    ("EOF occurred", "it refuses our certificate", _TRUSTED),
    ("reset by peer", "it refuses our certificate", _TRUSTED),
    ("SSL", "it speaks no TLS that we know", "an engine with --tlsverify"),
)


@dataclass(frozen=True)
class EngineAddress:
    """`docker`: `unix://`, `ssh://` or `tcp://`; the folder of certificates for `tcp://`, or options of `ssh`."""

    docker: str
    cert_path: str = ""
    options: tuple[str, ...] = ()

    @classmethod
    def of(cls, docker: str, cert_path: str, ssh_config: str) -> "EngineAddress":
        """From what a stack file says."""
        return cls(docker, cert_path, tuple(ssh_options(ssh_config)))

    @property
    def trial(self) -> str:
        """The command by which one sees whether it answers."""
        return f"{self.command} version"

    @property
    def command(self) -> str:
        """Docker's command, told of this engine."""
        folder = self.cert_path
        tls = f" --tlsverify --tlscacert {folder}/ca.pem --tlscert {folder}/cert.pem --tlskey {folder}/key.pem"
        return f"docker --host {self.docker}{tls if folder else ''}"


_SILENT: dict[EngineAddress, tuple[float, HostUnreachable]] = {}
"""Those that did not answer, and until when they are not asked again: many resources wait for the same one."""
_LOCK = threading.Lock()
_REFUSED = (ConnectionRefusedError, FileNotFoundError)
_NOT_LISTENING = (*_REFUSED, NewConnectionError, ConnectTimeout)


def connect(address: EngineAddress, timeout: int, pool: int = 10, tls: TLSConfig | None = None) -> APIClient:
    """A client that has been answered; `timeout` is its silence in seconds from then on. Raises HostUnreachable."""
    with _LOCK:
        until, known = _SILENT.get(address, (0.0, None))
    if known and time.monotonic() < until:
        raise HostUnreachable(known.message, known.hint)
    try:
        return _connected(address, timeout, pool, tls or _tls(address))
    except HostUnreachable as refusal:
        with _LOCK:
            _SILENT[address] = (time.monotonic() + _NOT_AGAIN_SECONDS, refusal)
        raise


def _connected(address: EngineAddress, timeout: int, pool: int, tls: TLSConfig | None) -> APIClient:
    way = tunnel(SshAddress(address.docker, address.options)) if address.docker.startswith("ssh://") else None
    url = way.url if way else address.docker
    try:
        probe = _client(url, tls, OLDEST_VERSION, CONNECT_SECONDS, 1)
        version = str(probe.version(api_version=False)["ApiVersion"])
        probe.close()
    except (DockerException, RequestException, OSError) as error:
        _refuse(address, way, error)
    return _client(url, tls, version, timeout, pool)


def _client(url: str, tls: TLSConfig | None, version: str, timeout: int, pool: int) -> APIClient:
    """A host's own authority decides whom we trust: REQUESTS_CA_BUNDLE would come before it."""
    client = APIClient(
        base_url=url, version=version, tls=tls or False, timeout=timeout, num_pools=pool, max_pool_size=pool
    )
    client.trust_env = tls is None
    return client


def _tls(address: EngineAddress) -> TLSConfig | None:
    if not address.cert_path:
        return None
    folder = Path(address.cert_path).expanduser()
    authority, certificate, key = (str(folder / name) for name in _CERTIFICATES)
    try:
        return TLSConfig(client_cert=(certificate, key), ca_cert=authority, verify=True)
    except TLSParameterError:
        raise HostUnreachable.at(
            address.docker,
            f"{folder} is no folder with its certificates",
            f"{', '.join(_CERTIFICATES)} in `certPath`",
            f"ls -l {folder}",
        ) from None


def _refuse(address: EngineAddress, way: Tunnel | None, error: Exception) -> NoReturn:
    if way is not None:
        raise way.refusal() from error
    said = root_cause(error)
    silence = (
        "nothing listens there" if _comes_from(error, _REFUSED) else f"it does not answer within {CONNECT_SECONDS} s"
    )
    reason, expected = _tls_reason(said) or (silence, "a Docker Engine there")
    raise HostUnreachable.at(address.docker, f"{reason} ({said})", expected, address.trial) from error


def _tls_reason(said: str) -> Sequence[str] | None:
    """Of what TLS says; with TLS 1.3 a client hears that it was refused when it first reads or writes."""
    return next((rest for mark, *rest in _TLS_REASONS if mark in said), None)


def was_never_sent(error: BaseException) -> bool:
    """Whether a request failed before anybody could have heard it: nothing listens there."""
    return _comes_from(error, _NOT_LISTENING)


def root_cause(error: BaseException) -> str:
    """What went wrong first, in words."""
    first = list(_causes(error))[-1]
    return str(first) or type(first).__name__


def _comes_from(error: BaseException, kinds: tuple[type[BaseException], ...]) -> bool:
    return any(isinstance(each, kinds) for each in _causes(error))


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """The error and what it came from, as far as one that was being dealt with already."""
    while error is not None and not isinstance(error, AqdataError):
        yield error
        error = error.__context__
