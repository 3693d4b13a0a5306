"""HAProxy before a replicated instance: one port that reaches the primary, one that reaches replicas."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_docker as docker

from infra.components.container import CONFIGURATION, Configuration, Server, configured, hardened
from infra.components.patroni import REST_PORT
from infra.components.resources import Files
from infra.components.trust import Trust
from infra.model.availability import proxy_of
from infra.model.stack import Instance, Stack

READ_WRITE_PORT, READ_ONLY_PORT = 5432, 5433
_REPLAY_LAG = "16MB"


@dataclass(frozen=True)
class ProxyArgs:
    """`network`: the physical network of the instance's clients; `image`: the image's id."""

    stack: Stack
    instance: str
    trust: Trust
    network: pulumi.Input[str]
    image: pulumi.Input[str]

    @property
    def declared(self) -> Instance:
        """The instance."""
        return self.stack.instances[self.instance]


def proxy(args: ProxyArgs, owner: pulumi.Resource, needed: Sequence[pulumi.Resource]) -> docker.Container:
    """The proxy's container, on the instance's network under the instance's own name."""
    name, stack = proxy_of(args.instance), args.stack
    server = Server(
        name=name,
        image=args.image,
        networks={"clients": (args.network, [args.instance, name])},
        ports={READ_WRITE_PORT: args.declared.port, READ_ONLY_PORT: args.declared.read_only_port or 0},
        volumes={},
        configuration=stack.physical(f"{name}-config"),
        limits=stack.availability.proxy.limits,
        healthcheck=("aqstream-haproxy-health",),
        stop_signal="SIGUSR1",
        stop_seconds=5,
        tmpfs={"/run/haproxy": "1m"},
    )
    files = _files(args, owner)
    return hardened(server, stack, pulumi.ResourceOptions(parent=owner, depends_on=[files, *needed]))


def _files(args: ProxyArgs, owner: pulumi.Resource) -> Files:
    texts: Mapping[str, pulumi.Input[str]] = {
        "haproxy.cfg": haproxy_cfg(args.declared.nodes(args.instance), args.stack.availability.proxy.max_connections),
        "tls/authority.crt": args.trust.authority,
    }
    return configured(Configuration(proxy_of(args.instance), args.image, texts, "SIGUSR2"), args.stack, owner)


def haproxy_cfg(nodes: Sequence[str], max_connections: int) -> str:
    """TLS passes through: a client sees the certificate of the node it reaches.

    A node is where Patroni says it is. Sessions with a node that stops being what they came for are ended, so that
    nobody goes on talking to a former primary; and the first primary is taken, should two ever claim to be. A node that
    does not answer three times for 3 s is given up, which is before its lease ends and after a busy moment.
    """
    return _COMMON.format(connections=max_connections) + "\n".join(
        (
            _listener("read-write", READ_WRITE_PORT, "/primary", "first", nodes),
            _listener("read-only", READ_ONLY_PORT, f"/replica?lag={_REPLAY_LAG}", "leastconn", nodes),
        )
    )


_COMMON = """\
global
    log stdout format raw local0 notice
    stats socket /run/haproxy/admin.sock mode 600 level admin
    maxconn {connections}
    hard-stop-after 5s

defaults
    mode tcp
    log global
    option clitcpka
    option srvtcpka
    timeout connect 3s
    timeout check 3s
    timeout queue 10s
    timeout client 24h
    timeout server 24h

resolvers docker
    nameserver dns 127.0.0.11:53
    hold valid 2s
    hold nx 2s
    hold timeout 10s
    timeout resolve 1s
    timeout retry 1s

"""


def _listener(name: str, port: int, check: str, balance: str, nodes: Sequence[str]) -> str:
    lines = [
        f"listen {name}",
        f"    bind :{port}",
        f"    balance {balance}",
        "    option httpchk",
        f"    http-check send meth OPTIONS uri {check} ver HTTP/1.1 hdr Host patroni",
        "    http-check expect status 200",
        "    default-server inter 1s fastinter 500ms downinter 500ms fall 3 rise 1 on-marked-down shutdown-sessions"
        " resolvers docker init-addr last,libc,none",
        *(f"    server {node} {node}:5432 {_check(node)}" for node in nodes),
    ]
    return "\n".join([*lines, ""])


def _check(node: str) -> str:
    authority = f"{CONFIGURATION}/tls/authority.crt"
    return f"check port {REST_PORT} check-ssl verify required ca-file {authority} verifyhost {node} check-sni {node}"
