"""List the rules, show one, or write their documentation."""

from pathlib import Path
from typing import Annotated

import typer

from cli import console
from cli.commands.explain import explain
from cli.report.rule_text import rules_markdown
from infra.model.errors import AqdataError
from infra.model.loading import ROOT
from policies.evaluate import select
from policies.rule import load_rules

DOCUMENT = ROOT / "docs" / "rules.md"

app = typer.Typer()
app.command("show")(explain)


@app.command("list")
def list_rules(
    only: Annotated[list[str] | None, typer.Option("--only", envvar="AQDATA_ONLY", help="Ids like this glob.")] = None,
) -> None:
    """List every rule with its severity, planes and title."""
    from rich.table import Table  # noqa: PLC0415 only this command draws a table

    table = Table(box=None, padding=(0, 2, 0, 0))
    for heading in ("rule", "severity", "planes", "what"):
        table.add_column(heading, no_wrap=heading in ("rule", "severity"))
    for rule in select(load_rules(), only or ()):
        table.add_row(rule.id, rule.severity.label, ", ".join(rule.planes), rule.title)
    console.results().print(table)


@app.command("docs")
def write_documentation(
    check: Annotated[bool, typer.Option("--check", help="Fail where the file is not current.")] = False,
    path: Annotated[Path, typer.Option("--path", hidden=True)] = DOCUMENT,
) -> None:
    """Write docs/rules.md from the rules."""
    text = rules_markdown(load_rules())
    if check and (not path.is_file() or path.read_text(encoding="utf-8") != text):
        raise AqdataError(f"{path} is not what the rules say", "aqdata rules docs")
    path.write_text(text, encoding="utf-8")
