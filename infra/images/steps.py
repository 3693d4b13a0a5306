"""Follow the output of one image's build: which step runs, what it said last, whether it failed."""

import re
from collections import deque
from collections.abc import Mapping
from typing import Any

_STEP = re.compile(r"^Step (\d+/\d+) : (.*)")
_PACKAGES = re.compile(r"^packages: (\d+)$")
_REPORT_EVERY = 100


class BuildOutput:
    """Turns the engine's build events into progress lines, one per step and one per 100 compiled packages."""

    def __init__(self, image: str) -> None:
        self.image = image
        self.error = ""
        self._last_lines: deque[str] = deque(maxlen=12)
        self._packages = 0
        self._compiled = 0

    def follow(self, event: Mapping[str, Any]) -> list[str]:
        """The progress lines one event is worth."""
        if "error" in event:
            self.error = str(event["error"])
        return [line for text in str(event.get("stream", "")).splitlines() for line in self._follow_line(text)]

    @property
    def last_lines(self) -> str:
        """The end of the output, for the message of a failed build."""
        return "\n".join(self._last_lines)

    def _follow_line(self, text: str) -> list[str]:
        if step := _STEP.match(text):
            self._packages = 0
            return [f"{self.image} {step[1]}: {_shortened(step[2])}"]
        if packages := _PACKAGES.match(text):
            self._packages, self._compiled = int(packages[1]), 0
            return [f"{self.image}: {self._packages} packages to compile"]
        if text.strip():
            self._last_lines.append(text.rstrip())
        return self._count_package()

    def _count_package(self) -> list[str]:
        if not self._packages:
            return []
        self._compiled += 1
        if self._compiled % _REPORT_EVERY:
            return []
        return [f"{self.image}: compiled {self._compiled} of {self._packages} packages"]


def _shortened(instruction: str, width: int = 70) -> str:
    single = " ".join(instruction.replace("\\", " ").split())
    return single if len(single) <= width else f"{single[: width - 3]}..."
