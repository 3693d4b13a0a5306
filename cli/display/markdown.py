"""A preview as one comment of a pull request: risk first, then the folded diff, then the verdict; pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from cli.display.plan import counts, nothing_changes
from cli.display.risk import TITLES, Concern, Risk, risks
from cli.display.tree import tree
from infra.engine.events import PolicyReport
from infra.engine.interface import Outcome

LONGEST = 60_000
"""GitHub refuses comments over 65,536 characters."""


def marker(stack: str) -> str:
    """What a bot finds its own comment by, to update it in place."""
    return f"<!-- aqdata-preview: {stack} -->"


def comment(stack: str, outcome: Outcome, policies: Sequence[PolicyReport] = ()) -> str:
    """The whole comment."""
    found = risks(outcome.steps)
    parts = [
        marker(stack),
        f"### AqStream data layer, stack `{stack}`",
        *_risk_section(found),
        *_policy_section(policies),
        *_diff_section(outcome),
        f"**Verdict**: {verdict(outcome, found, policies)}",
    ]
    return "\n\n".join(parts) + "\n"


def verdict(outcome: Outcome, found: Iterable[Risk], policies: Iterable[PolicyReport] = ()) -> str:
    """One sentence for whoever has no time for more."""
    mandatory = [each for each in policies if each.enforcement == "mandatory"]
    if mandatory:
        return f"⛔ {len(mandatory)} mandatory policy violation(s); `up` will refuse this plan."
    if nothing_changes(outcome.changes):
        return "✅ nothing changes."
    summary = counts(outcome.changes, is_preview=True)
    concerns = {risk.concern for risk in found}
    if Concern.DATA_LOSS in concerns:
        return f"🛑 {summary}; **data is lost**."
    if concerns:
        return f"⚠️ {summary}; look at the list above."
    return f"✅ {summary}; nothing of it is risky."


def _risk_section(found: Sequence[Risk]) -> Iterator[str]:
    for concern, group in groupby(found, key=lambda risk: risk.concern):
        icon = "🛑" if concern is Concern.DATA_LOSS else "⚠️"
        lines = "\n".join(f"- {_escaped(risk.text)}" for risk in group)
        yield f"{icon} **{TITLES[concern]}**\n{lines}"


def _policy_section(policies: Sequence[PolicyReport]) -> Iterator[str]:
    if policies:
        lines = "\n".join(f"- {each.enforcement}: `{each.policy}` {_escaped(each.message)}" for each in policies)
        yield f"📏 **Policies**\n{lines}"


def _diff_section(outcome: Outcome) -> Iterator[str]:
    lines = [line.text for line in tree(outcome.steps, full=False)]
    if not lines:
        return
    text = "\n".join(_as_diff(line) for line in lines)
    if len(text) > LONGEST:
        text = text[:LONGEST].rsplit("\n", 1)[0] + "\n… cut; `aqdata preview --diff` shows all of it"
    summary = counts(outcome.changes, is_preview=True)
    yield f"<details><summary>Diff: {summary}</summary>\n\n```diff\n{text}\n```\n\n</details>"


def _as_diff(line: str) -> str:
    """GitHub colours a line of a diff by its first character, and this tree's signs are indented."""
    sign = line.split(maxsplit=1)[0]
    lead = {"~": "!", "+-": "!", "+": "+", "-": "-"}.get(sign, " ")
    return f"{lead} {line}".replace("```", "`\u200b``")


def _escaped(text: str) -> str:
    return text.replace("<", "&lt;").replace("\n", " ").replace("*", "\\*")
