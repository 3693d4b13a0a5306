"""Ways of writing one value."""

from __future__ import annotations

import pytest

from infra.engine.embedded.docker import spelling


@pytest.mark.parametrize(
    ("text", "length", "canonical"),
    [
        ("0s", 0, "0s"),
        ("500ms", 500_000_000, "500ms"),
        ("1.5s", 1_500_000_000, "1.5s"),
        ("90s", 90_000_000_000, "1m30s"),
        ("1m30s", 90_000_000_000, "1m30s"),
        ("1h", 3_600_000_000_000, "1h0m0s"),
        ("250us", 250_000, "250µs"),
        ("7ns", 7, "7ns"),
    ],
)
def test_durations_are_those_of_go(text: str, length: int, canonical: str) -> None:
    assert spelling.nanoseconds(text) == length
    assert spelling.duration(length) == canonical
    assert spelling.nanoseconds(canonical) == length


@pytest.mark.parametrize("text", ["", "5", "5 s", "s", "5x"])
def test_other_text_is_no_duration(text: str) -> None:
    with pytest.raises(ValueError, match="not a duration"):
        spelling.nanoseconds(text)


@pytest.mark.parametrize(
    ("name", "canonical"), [("net_admin", "CAP_NET_ADMIN"), ("CAP_CHOWN", "CAP_CHOWN"), ("all", "ALL")]
)
def test_capabilities_have_one_form(name: str, canonical: str) -> None:
    assert spelling.capability(name) == canonical
