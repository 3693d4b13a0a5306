"""Recovery windows as an SVG: one row per instance, its backups as marks, restorable time as bars, gaps in red."""

from collections.abc import Iterable, Iterator, Mapping
from html import escape

from cli.display.quantities import moment
from infra.model.recovery.window import RecoveryWindow

_LEFT, _WIDTH, _ROW, _BAR, _TOP, _FOOT = 150, 820, 44, 12, 34, 56
_TICKS = 6
_TO_THE_MINUTE = len("2026-03-01 12:00")
_STYLE = (
    "text{font:12px sans-serif;fill:#222}.quiet{fill:#666;font-size:10px}.span{fill:#8fc7a2}"
    ".full{fill:#1c6b3a}.part{fill:#5a9bd4}.gap{fill:#c62828}.axis{stroke:#ccc}"
)
_LEGEND = {
    "full": "full backup",
    "part": "differential or incremental",
    "span": "every moment can be restored",
    "gap": "WAL is missing",
}


def timeline(windows: Mapping[str, RecoveryWindow]) -> str:
    """The picture, readable without colours by the titles of its parts."""
    start, end = _extent(windows.values())
    height = _TOP + _ROW * len(windows) + _FOOT
    axis = _Axis(start, end, height - _FOOT)
    body = [
        part
        for row, (instance, window) in enumerate(windows.items())
        for part in _Row(instance, window, _TOP + row * _ROW, axis).parts()
    ]
    size = f'width="{_LEFT + _WIDTH + 60}" height="{height}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img"><title>What can be restored</title>'
    paper = '<g><rect width="100%" height="100%" fill="#fff"/></g>'
    lines = [head, f"<style>{_STYLE}</style>", paper, *axis.parts(), *body, *_legend(height - 12), "</svg>", ""]
    return "\n".join(lines)


def _legend(bottom: int) -> Iterator[str]:
    """Swatches in groups of their own: they are no times."""
    left = _LEFT
    for kind, text in _LEGEND.items():
        swatch = f'<rect class="{kind}" x="{left}" y="{bottom - 9}" width="10" height="10"/>'
        yield f'<g>{swatch}<text class="quiet" x="{left + 15}" y="{bottom}">{text}</text></g>'
        left += 45 + 6 * len(text)


def _extent(windows: Iterable[RecoveryWindow]) -> tuple[int, int]:
    spans = [span for window in windows for span in window.spans]
    start = min((span.backup.start for span in spans), default=0)
    return start, max((span.latest for span in spans), default=start) + 1


class _Axis:
    """Where moments lie from left to right."""

    def __init__(self, start: int, end: int, bottom: int) -> None:
        self._start, self._end, self._bottom = start, end, bottom

    def parts(self) -> Iterator[str]:
        """Lines at even distances with their moments, where there is any time to show."""
        for tick in range(_TICKS if self._start else 0):
            seconds = self._start + (self._end - self._start) * tick // (_TICKS - 1)
            left, text = self.place(seconds), f"{moment(seconds)[:_TO_THE_MINUTE]}Z"
            yield f'<path class="axis" d="M{left:.1f} {_TOP - 14}V{self._bottom}"/>'
            yield f'<text class="quiet" x="{left:.1f}" y="{self._bottom + 14}" text-anchor="middle">{text}</text>'

    def place(self, seconds: int) -> float:
        """Its distance from the left edge."""
        return _LEFT + _WIDTH * (seconds - self._start) / (self._end - self._start)


class _Row:
    """One instance's row."""

    def __init__(self, instance: str, window: RecoveryWindow, top: int, axis: _Axis) -> None:
        self._instance, self._window, self._top, self._axis = instance, window, top, axis

    def parts(self) -> Iterator[str]:
        """Its elements, those in front last."""
        yield f'<text x="8" y="{self._top + _BAR}">{escape(self._instance)}</text>'
        if not self._window.spans:
            yield f'<text class="quiet" x="{_LEFT}" y="{self._top + _BAR}">nothing can be restored</text>'
        for span in self._window.spans:
            title = f"restorable {moment(span.earliest)} to {moment(span.latest)}"
            yield self._rectangle("span", span.earliest, span.latest, _BAR, title)
        for gap in self._window.gaps:
            yield self._rectangle("gap", gap.after, gap.before, _BAR, f"{gap.count} segments missing")
        for span in self._window.spans:
            backup = span.backup
            kind = "full" if backup.is_full else "part"
            yield self._rectangle(kind, backup.start, backup.stop, _BAR + 8, f"{backup.kind} {backup.label}")

    def _rectangle(self, kind: str, start: int, stop: int, height: int, title: str) -> str:
        left, right = self._axis.place(start), self._axis.place(stop)
        place = f'x="{left:.1f}" y="{self._top}" width="{max(2.0, right - left):.1f}" height="{height}"'
        return f'<rect class="{kind}" {place}><title>{escape(title)}</title></rect>'
