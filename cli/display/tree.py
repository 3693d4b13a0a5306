"""A plan as a tree with property-level differences; pure: lines of styled text."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from cli.display.plan import SIGNS, STYLES, Row, rows
from cli.display.property_lines import ABSENT, PropertyLine, property_lines
from cli.display.values import shown
from infra.engine.events import Op, StepView
from infra.engine.values import Value

INDENT = "  "
LONGEST_TEXT_DIFF = 24


@dataclass(frozen=True, slots=True)
class Line:
    """One line of text in one rich style."""

    text: str
    style: str = ""


def tree(steps: Iterable[StepView], *, full: bool) -> list[Line]:
    """The changed resources under their parents; `full` shows what is created and deleted property by property."""
    return [line for row in rows(steps) for line in _row_lines(row, full=full)]


def _row_lines(row: Row, *, full: bool) -> Iterator[Line]:
    indent = INDENT * row.depth
    sign = SIGNS.get(row.op, "?")
    head = f"{sign:2} {indent}{row.type} {row.name}"
    if row.step is None or row.op is Op.SAME:
        yield Line(head, "dim")
        return
    lines = property_lines(row.step)
    yield Line(f"{head}  {_words(row.op, row.step, lines)}", STYLES.get(row.op, ""))
    if full or row.op in (Op.UPDATE, Op.REPLACE):
        for line in lines:
            yield from _property(line, f"   {indent}{INDENT}")


def _words(op: Op, step: StepView, lines: list[PropertyLine]) -> str:
    if op is not Op.REPLACE:
        return str(op)
    reasons = list(step.keys) or sorted({line.path.split(".")[0].split("[")[0] for line in lines if line.replaces})
    return f"replace ({', '.join(reasons)})" if reasons else "replace (what it depends on is replaced)"


def _property(line: PropertyLine, indent: str) -> Iterator[Line]:
    style = {"+": "green", "-": "red", "~": "yellow"}[line.sign]
    head = f"{indent}{line.sign} {line.path}:"
    tail = "  (replaces)" if line.replaces else ""
    if _is_text_pair(line.old, line.new):
        yield Line(f"{head} text changes{tail}", style)
        yield from _text_diff(line.old, line.new, indent + INDENT)
    elif line.sign == "~":
        yield Line(f"{head} {_side(line.old)} => {_side(line.new)}{tail}", style)
    else:
        yield Line(f"{head} {_side(line.new if line.sign == '+' else line.old)}{tail}", style)


def _side(value: Value) -> str:
    return "(none)" if value is ABSENT else shown(value)


def _is_text_pair(old: Value, new: Value) -> bool:
    return isinstance(old, str) and isinstance(new, str) and ("\n" in old or "\n" in new)


def _text_diff(old: str, new: str, indent: str) -> Iterator[Line]:
    changed = [
        line
        for line in difflib.unified_diff(old.splitlines(), new.splitlines(), lineterm="", n=1)
        if not line.startswith(("---", "+++"))
    ]
    for line in changed[:LONGEST_TEXT_DIFF]:
        style = {"+": "green", "-": "red"}.get(line[:1], "dim")
        yield Line(f"{indent}{line}", style)
    if len(changed) > LONGEST_TEXT_DIFF:
        yield Line(f"{indent}… {len(changed) - LONGEST_TEXT_DIFF} more lines", "dim")
