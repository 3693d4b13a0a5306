"""What a build is given besides its Dockerfile: the context archive, proxies, the host's CA bundle."""

import io
import os
import tarfile
from collections.abc import Mapping
from pathlib import Path

from infra.images.catalogue import Recipe

HOST_CERTIFICATES = "host-ca.pem"
_BUNDLES = ("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem")
_PROXY_VARIABLES = ("http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "GOPROXY")


def archive(recipe: Recipe) -> io.BytesIO:
    """The build context as a tar: same bytes for the same folder, so that finished steps are found again."""
    files = [(file.path, file.content, file.executable) for file in recipe.files]
    if recipe.needs_host_certificates:
        files.append((HOST_CERTIFICATES, host_certificates(os.environ), False))
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for path, content, executable in sorted(files):
            member = tarfile.TarInfo(path)
            member.size = len(content)
            member.mode = 0o755 if executable else 0o644
            tar.addfile(member, io.BytesIO(content))
    buffer.seek(0)
    return buffer


def host_certificates(environment: Mapping[str, str]) -> bytes:
    """The CA bundle this host trusts, empty when it has none."""
    for name in (environment.get("SSL_CERT_FILE", ""), *_BUNDLES):
        if name and Path(name).is_file():
            return Path(name).read_bytes()
    return b""


def proxy_arguments(environment: Mapping[str, str]) -> dict[str, str]:
    """Build arguments Docker predefines: they reach the steps and stay out of the image's history."""
    return {name: environment[name] for name in _PROXY_VARIABLES if environment.get(name)}
