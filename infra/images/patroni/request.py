#!/usr/bin/python3
"""Ask this node's Patroni: `aqstream-patroni-request METHOD PATH [JSON]`; prints the status, then the answer's body."""

import http.client
import ssl
import sys

TLS = "/etc/aqstream/tls"
PORT = 8008
SECONDS = 120


def main(method: str, path: str, body: str | None = None) -> int:
    """One request over TLS with the node's own certificate. The exit code is 1 without an answer."""
    context = ssl.create_default_context(cafile=f"{TLS}/authority.crt")
    context.load_cert_chain(f"{TLS}/server.crt", f"{TLS}/server.key")
    session = http.client.HTTPSConnection("localhost", PORT, context=context, timeout=SECONDS)
    try:
        session.request(method, path, body, {"Content-Type": "application/json"} if body else {})
        answer = session.getresponse()
        sys.stdout.write(f"{answer.status}\n{answer.read().decode()}")
    except OSError as error:
        sys.stderr.write(f"{method} {path}: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
