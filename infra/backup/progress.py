"""How far a backup or restore has come, from the lines that pgBackRest writes at level `detail`."""

import re

_PERCENT = re.compile(r"^P\d+ +DETAIL: (?:backup|restore) file .*?, (\d+(?:\.\d+)?)%\)")
_INFO = re.compile(r"^P\d+ +INFO: (.*)$")
_STEP = 10


class Tenths:
    """Says each tenth of a whole once."""

    def __init__(self) -> None:
        self._next = _STEP

    def passed(self, percent: float) -> str | None:
        """`20 %` where that is news; the end is not."""
        if percent < self._next or percent >= 100:
            return None
        self._next = (int(percent) // _STEP + 1) * _STEP
        return f"{int(percent)} %"


class PercentLines:
    """Turns the program's lines into progress: each tenth of the bytes once, and what it says of the result."""

    def __init__(self) -> None:
        self._tenths = Tenths()

    def follow(self, line: str) -> str | None:
        """The progress that one line is worth."""
        if found := _PERCENT.match(line):
            return self._tenths.passed(float(found[1]))
        info = _INFO.match(line)
        return info[1] if info and _is_result(info[1]) else None


def _is_result(text: str) -> bool:
    return "backup size" in text or "new backup label" in text or "restore size" in text or "expire full backup" in text
