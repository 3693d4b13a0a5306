"""Which resources an operation is limited to."""

from __future__ import annotations

import re
from collections.abc import Iterable


class Targets:
    """URNs and patterns: `*` stands for anything without a colon, `**` for anything. Without any, all are meant."""

    def __init__(self, patterns: Iterable[str] = ()) -> None:
        self._literal: set[str] = set()
        self._patterns: list[re.Pattern[str]] = []
        for text in patterns:
            self.add(text)

    @property
    def is_limited(self) -> bool:
        return bool(self._literal or self._patterns)

    def add(self, text: str) -> None:
        if "*" in text:
            self._patterns.append(_pattern(text))
        else:
            self._literal.add(text)

    def __contains__(self, urn: str) -> bool:
        if not self.is_limited:
            return True
        return urn in self._literal or any(pattern.fullmatch(urn) for pattern in self._patterns)

    def missing(self, urns: Iterable[str]) -> list[str]:
        """Literal targets that are not among `urns`."""
        return sorted(self._literal - set(urns))


def _pattern(text: str) -> re.Pattern[str]:
    parts = ("[^:]*".join(map(re.escape, part.split("*"))) for part in text.split("**"))
    return re.compile(".*".join(parts))
