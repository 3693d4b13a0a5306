"""Explain a rule: what it finds, why it matters, how to mend it, with both of its examples."""

from typing import Annotated

import typer

from cli import console
from cli.report.rule_text import rule_markdown
from infra.model.errors import ConfigurationError
from policies.rule import Rule, load_rules

app = typer.Typer()


@app.command()
def explain(rule: Annotated[str, typer.Argument(help="The rule's id.")]) -> None:
    """Explain a rule: what it finds, why it matters, how to mend it, with both of its examples."""
    from rich.markdown import Markdown  # noqa: PLC0415 only this command renders Markdown

    console.results().print(Markdown(rule_markdown(find_rule(rule))))


def find_rule(identifier: str) -> Rule:
    """The rule of that id. Raises ConfigurationError with the nearest ids."""
    rules = {rule.id: rule for rule in load_rules()}
    found = rules.get(identifier.replace("-", "_"))
    if found is None:
        from difflib import get_close_matches  # noqa: PLC0415 only needed for this message

        near = get_close_matches(identifier, rules, 3)
        hint = f"did you mean {' or '.join(near)}?" if near else "`aqdata rules list` names them"
        raise ConfigurationError(f"no rule '{identifier}'", hint)
    return found
