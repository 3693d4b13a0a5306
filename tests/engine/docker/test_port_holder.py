"""Whose port it is, from what Docker and the kernel say."""

from __future__ import annotations

import pytest

from infra.engine.embedded.docker.port_holder import listening_inodes, refused_address

TABLE = """\
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1538 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 11111 1
   1: 0100007F:1538 0100007F:A000 01 00000000:00000000 00:00000000 00000000     0        0 22222 1
   2: 00000000:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 33333 1
"""


@pytest.mark.parametrize(
    ("message", "address"),
    [
        ("driver failed: Bind for 127.0.0.1:5432 failed: port is already allocated", ("127.0.0.1", 5432)),
        ("Error starting userland proxy: listen tcp4 127.0.0.2:80: bind: address already in use", ("127.0.0.2", 80)),
        ("listen tcp6 [::]:6379: bind: address already in use", ("::", 6379)),
        (
            "failed to bind host port for 127.0.0.1:5432:172.17.0.2:5432/tcp: address already in use",
            ("127.0.0.1", 5432),
        ),
        ("OCI runtime create failed: exec: no such file", None),
    ],
)
def test_the_address_is_found_in_dockers_words(message: str, address: tuple[str, int] | None) -> None:
    assert refused_address(message) == address


def test_only_listeners_on_the_port_count() -> None:
    assert listening_inodes(TABLE, 5432) == ["11111"]
    assert listening_inodes(TABLE, 5433) == []
