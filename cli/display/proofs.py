"""Proofs and comparisons on the terminal and as JSON."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from cli.display.printing import print_text
from cli.proving import Proof
from policies.proof.obligation import Obligation, Some, Verdict

if TYPE_CHECKING:
    from rich.console import Console

    from policies.proof.compare import Difference
    from policies.proof.replay import Replay

_STYLES = {
    Verdict.PROVED: "green",
    Verdict.TRUSTED: "dim",
    Verdict.UNKNOWN: "yellow",
    Verdict.COUNTEREXAMPLE: "bold red",
}
Replays = Mapping[int, "Replay"]


def print_run(console: Console, proofs: Sequence[Proof], replays: Replays) -> None:
    """The leaks with their replays, what is not known, the assumptions, and the counts of each instance."""
    for proof in proofs:
        for leak in proof.leaks:
            _print_leak(console, proof, leak, replays.get(id(leak)))
        for line in sorted({obligation.summary for obligation in proof.unknown}):
            print_text(console, f"{proof.catalog.instance}: {line}", _STYLES[Verdict.UNKNOWN])
    for assumption in sorted({text for proof in proofs for found in proof.obligations for text in found.assumptions}):
        print_text(console, f"assumed: {assumption}", "dim")
    for proof in proofs:
        counts = Counter(found.verdict for found in proof.obligations)
        shown = ", ".join(f"{counts[verdict]} {verdict.value}" for verdict in Verdict if counts[verdict])
        print_text(console, f"{proof.catalog.instance}: {shown or 'no tenant table'}")


def _print_leak(console: Console, proof: Proof, leak: Obligation, replay: Replay | None) -> None:
    print_text(console, f"{proof.catalog.instance}: {leak.summary}", _STYLES[Verdict.COUNTEREXAMPLE])
    if replay is None:
        return
    told = "shown on the server" if replay.confirmed else "NOT shown on the server, a defect of the prover"
    print_text(console, f"  {told}: {replay.outcome}", "red")
    for statement in replay.script:
        print_text(console, f"    {statement};", "dim")


def print_table(console: Console, proof: Proof, table: str) -> None:
    """One table's obligations by login, and the policies behind them."""
    relation = proof.catalog.relation(*table.split(".", 1))
    ours = [found for found in proof.obligations if found.table == table]
    for policy in relation.policies if relation and ours else ():
        kind = "permissive" if policy.is_permissive else "restrictive"
        print_text(console, f"policy {policy.name}: {kind} for {policy.command} to {', '.join(policy.roles)}")
        for part, text in (("using", policy.using), ("with check", policy.check)):
            if text:
                print_text(console, f"  {part} {text}")
    for role in dict.fromkeys(found.role for found in ours):
        print_text(console, role, "bold")
        for found in ours:
            if found.role == role:
                reason = f"  {found.construct}" if found.construct else ""
                print_text(console, f"  {found.command:<11}{found.verdict.value}{reason}", _STYLES[found.verdict])
    for assumption in sorted({text for found in ours for text in found.assumptions}):
        print_text(console, f"assumed: {assumption}", "dim")


def print_differences(console: Console, found: Sequence[Difference]) -> None:
    """What is not equal, and how much is."""
    changed = [difference for difference in found if difference.change.value != "equal"]
    for difference in changed:
        line = f"{difference.table} {difference.role} {difference.command}: {difference.change.value}"
        print_text(console, f"{line} {difference.construct}".rstrip(), "bold")
        for word, witness in (("gained", difference.gained), ("lost", difference.lost)):
            if witness is not None:
                print_text(console, f"  {word}: {_row(witness)}")
    print_text(console, f"{len(found) - len(changed)} equal, {len(changed)} changed")


def _row(witness: Any) -> str:
    rows = [f"{name} {_values(row.values)}" for name, row in _rows(witness)]
    settings = _values(witness.settings) or "no setting"
    return f"{', '.join(rows)} with {settings}"


def _rows(witness: Any) -> list[tuple[str, Any]]:
    named = (("row", witness.target), ("written", witness.written))
    return [(name, row) for name, row in named if row is not None]


def _values(values: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} = {'anything' if value is Some.VALUE else value}" for name, value in values.items())


def as_json(proofs: Iterable[Proof], replays: Replays) -> str:
    """Every obligation, with the witness and the replay of each leak."""
    content = [
        {"instance": proof.catalog.instance, **_plain(asdict(found)), "replay": _replayed(replays.get(id(found)))}
        for proof in proofs
        for found in proof.obligations
    ]
    return json.dumps({"version": 1, "obligations": content}, indent=2)


def _replayed(replay: Replay | None) -> Any:
    return None if replay is None else asdict(replay)


def differences_as_json(found: Iterable[Difference]) -> str:
    """Every comparison."""
    return json.dumps({"version": 1, "differences": [_plain(asdict(each)) for each in found]}, indent=2)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value.value if isinstance(value, Some) else value
