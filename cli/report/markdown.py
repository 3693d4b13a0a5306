"""The verification as Markdown, for a comment on a pull request."""

from collections.abc import Iterable
from itertools import groupby

from policies.evaluate import Result, Verdict
from policies.verification import Verification

_VERDICTS = {0: "verified", 1: "failed", 3: "not verified"}
_SHOWN = 20


def render(verification: Verification) -> str:
    """The verdict first, then what failed, then what is not known."""
    return "\n".join(_lines(verification)) + "\n"


def _lines(verification: Verification) -> Iterable[str]:
    counts = verification.counts
    yield f"## Stack `{verification.stack}`: {_VERDICTS[verification.exit_code]}"
    yield ""
    yield "| passed | failed | not evaluated | not applicable |"
    yield "|---|---|---|---|"
    order = (Verdict.PASS, Verdict.FAIL, Verdict.UNKNOWN, Verdict.NOT_APPLICABLE)
    yield "| " + " | ".join(str(counts[verdict]) for verdict in order) + " |"
    yield ""
    yield from _findings(verification)
    yield from _unknowns(verification.unevaluated)
    yield from _asides(verification)


def _findings(verification: Verification) -> Iterable[str]:
    for identifier, group in groupby(verification.findings, key=lambda found: found.rule):
        rule, results = verification.rule(identifier), list(group)
        yield f"### {rule.severity.label}: {identifier}"
        yield ""
        yield f"{rule.title} ({'; '.join(rule.clauses)})"
        yield ""
        yield from (f"- `{_cell(found.object)}`: {_cell(found.message)} ({found.plane})" for found in results[:_SHOWN])
        if len(results) > _SHOWN:
            yield f"- and {len(results) - _SHOWN} more"
        yield ""
        yield f"Fix: {' '.join(rule.fix.split())}"
        yield ""


def _unknowns(results: tuple[Result, ...]) -> Iterable[str]:
    if results:
        yield "### Not evaluated"
        yield ""
        rules: dict[tuple[str, str], list[str]] = {}
        for found in results:
            rules.setdefault((found.object, found.message), []).append(found.rule)
        for (where, reason), names in rules.items():
            yield f"- `{_cell(where)}`: {_cell(reason)} ({', '.join(sorted(set(names)))})"
        yield ""


def _asides(verification: Verification) -> Iterable[str]:
    for found, why in verification.suppressed:
        yield f"- suppressed until {why.until}: {found.rule} on `{_cell(found.object)}`: {_cell(why.reason)}"
    for stale, problem in verification.stale:
        yield f"- the suppression of {stale.rule} on `{_cell(stale.object)}` {problem}"


def _cell(text: str) -> str:
    return text.replace("`", "'").replace("|", "\\|").replace("\n", " ").replace("<", "&lt;")
