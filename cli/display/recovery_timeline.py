"""Recovery windows as an SVG: one row per instance, its backups as marks, restorable time as bars, gaps in red."""

from collections.abc import Iterable, Iterator, Mapping
from html import escape

from cli.display.quantities import moment
from infra.model.recovery.window import RecoveryWindow

_LEFT, _WIDTH, _ROW, _BAR = 150, 820, 44, 12
_STYLE = (
    "text{font:12px sans-serif;fill:#222}.quiet{fill:#777;font-size:10px}.span{fill:#8fc7a2}"
    ".full{fill:#1c6b3a}.part{fill:#5a9bd4}.gap{fill:#c62828}"
)


def timeline(windows: Mapping[str, RecoveryWindow]) -> str:
    """The picture, readable without colours by the titles of its parts."""
    start, end = _extent(windows.values())
    height = _ROW * len(windows) + 40
    body = [
        part
        for row, (instance, window) in enumerate(windows.items())
        for part in _Row(instance, window, 20 + row * _ROW, start, end).parts()
    ]
    legend = f'<text class="quiet" x="{_LEFT}" y="{height - 6}">{moment(start)} to {moment(end)}</text>'
    size = f'width="{_LEFT + _WIDTH + 20}" height="{height}"'
    return "\n".join(
        [f'<svg xmlns="http://www.w3.org/2000/svg" {size}>', f"<style>{_STYLE}</style>", *body, legend, "</svg>", ""]
    )


def _extent(windows: Iterable[RecoveryWindow]) -> tuple[int, int]:
    spans = [span for window in windows for span in window.spans]
    start = min((span.backup.start for span in spans), default=0)
    return start, max((span.latest for span in spans), default=start) + 1


class _Row:
    """One instance's row."""

    def __init__(self, instance: str, window: RecoveryWindow, top: int, start: int, end: int) -> None:
        self._instance, self._window, self._top, self._start, self._end = instance, window, top, start, end

    def parts(self) -> Iterator[str]:
        """Its elements, those in front last."""
        yield f'<text x="8" y="{self._top + _BAR}">{escape(self._instance)}</text>'
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
        left, right = self._place(start), self._place(stop)
        place = f'x="{left:.1f}" y="{self._top}" width="{max(2.0, right - left):.1f}" height="{height}"'
        return f'<rect class="{kind}" {place}><title>{escape(title)}</title></rect>'

    def _place(self, seconds: int) -> float:
        return _LEFT + _WIDTH * (seconds - self._start) / (self._end - self._start)
