"""The page: the verification put into the template, with style and script inside it."""

import json
import re
from collections import Counter
from collections.abc import Mapping
from itertools import groupby
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from cli.report.html.matrix import Cell, blocks
from cli.report.html.topology import svg
from policies.evaluate import Result, Verdict
from policies.facts.facts import Facts
from policies.facts.probes import COMMANDS, Attempt
from policies.rule import Rule
from policies.verification import FINDINGS, Verification

_FOLDER = Path(__file__).parent
_VERDICTS = {0: "verified", 1: "failed", 3: "not verified"}
_QUOTED = re.compile(r"`([^`]+)`")
_SHOWN = (Verdict.PASS, Verdict.FAIL, Verdict.UNKNOWN)


def render(verification: Verification) -> str:
    """The whole file."""
    environment = Environment(
        loader=FileSystemLoader(_FOLDER), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    environment.filters["prose"] = _prose
    live = verification.facts.get("live")
    any_facts = next(iter(verification.facts.values()), None)
    return environment.get_template("page.html.j2").render(
        v=verification,
        verdicts=[(code, _VERDICTS[code]) for code in _codes(verification)],
        totals=_totals(verification),
        groups=_groups(verification),
        unknowns=_unknowns(verification),
        inapplicable=verification.of(Verdict.NOT_APPLICABLE),
        blocks=blocks(live.attempts) if live else [],
        commands=COMMANDS,
        drills=_drills(live) if live else [],
        evidence=_evidence,
        topology=Markup(svg(any_facts.intent)) if any_facts else "",  # noqa: S704 escaped where it is made
        tally=Counter((found.rule, found.verdict) for found in verification.results),
        shown_verdicts=_SHOWN,
        style=_own("style.css"),
        script=_own("evidence.js"),
    )


def _drills(live: Facts) -> list[tuple[str, Mapping[str, Any] | None]]:
    """The newest report of each server, by its name."""
    found = {name: backups.drills for name, backups in live.backups.items()} | dict(live.drills)
    return [(name, drills.newest) for name, drills in found.items()]


def _codes(verification: Verification) -> list[int]:
    """The exit code, and before it that of findings that count, which the lack of evidence does not hide."""
    return sorted({verification.exit_code, *([FINDINGS] if verification.has_failed else [])})


def _prose(text: str) -> Markup:
    """A rule's text, with what stands between backticks as code."""
    return Markup(_QUOTED.sub(r"<code>\1</code>", str(escape(text))))  # noqa: S704 escaped before


def _own(name: str) -> Markup:
    return Markup((_FOLDER / name).read_text(encoding="utf-8"))  # noqa: S704 this folder's own file


def _totals(verification: Verification) -> list[tuple[int, str, str]]:
    counts = verification.counts
    return [
        (counts[Verdict.FAIL], "failed", "bad"),
        (counts[Verdict.UNKNOWN], "not evaluated", "unk"),
        (counts[Verdict.PASS], "passed", "ok"),
        (counts[Verdict.NOT_APPLICABLE], "not applicable", ""),
    ]


def _groups(verification: Verification) -> list[tuple[Rule, list[Result]]]:
    grouped = groupby(verification.findings, key=lambda found: found.rule)
    return [(verification.rule(identifier), list(results)) for identifier, results in grouped]


def _unknowns(verification: Verification) -> list[tuple[tuple[str, str], list[str]]]:
    by_reason: dict[tuple[str, str], set[str]] = {}
    for found in verification.unevaluated:
        by_reason.setdefault((found.object, found.message), set()).add(found.rule)
    return [(reason, sorted(rules)) for reason, rules in by_reason.items()]


def _evidence(cell: Cell) -> str:
    return json.dumps([_attempt(attempt) for attempt in cell.attempts])


def _attempt(attempt: Attempt) -> list[str]:
    whose = "the same tenant" if attempt.aim == "own" else "another tenant"
    result = f"{attempt.rows} rows" if attempt.outcome == "rows" else f"{attempt.outcome} {attempt.sqlstate}"
    return [attempt.context, whose, result, attempt.statement]
