#!/usr/bin/python3
"""Wait until nodes lead or stream: `aqstream-patroni-joined SECONDS NODE...`, asked of each node's own Patroni.

One process that asks again and again costs a busy host less than a new one for each look. Prints those that are not
there when the time is over, and exits with 1.
"""

import http.client
import json
import ssl
import sys
import time

TLS = "/etc/aqstream/tls"
PORT = 8008
POLL_SECONDS = 0.25
ANSWER_SECONDS = 3
LEADING = ("leader", "primary", "master", "standby_leader")


def main(seconds: str, *nodes: str) -> int:
    """0 as soon as all of them are there, and one of them leads where all were asked for."""
    context = ssl.create_default_context(cafile=f"{TLS}/authority.crt")
    context.load_cert_chain(f"{TLS}/server.crt", f"{TLS}/server.key")
    deadline = time.monotonic() + float(seconds)
    missing = list(nodes)
    while missing := [node for node in missing if not has_joined(node, context)]:
        if time.monotonic() > deadline:
            sys.stdout.write(" ".join(missing))
            return 1
        time.sleep(POLL_SECONDS)
    return 0


def has_joined(node: str, context: ssl.SSLContext) -> bool:
    """Whether it takes writes, or follows who does."""
    session = http.client.HTTPSConnection(node, PORT, context=context, timeout=ANSWER_SECONDS)
    try:
        session.request("GET", "/patroni")
        state = json.loads(session.getresponse().read())
    except (OSError, ValueError, http.client.HTTPException):
        return False
    finally:
        session.close()
    if state.get("state") != "running":
        return False
    return state.get("role") in LEADING or state.get("replication_state") == "streaming"


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
