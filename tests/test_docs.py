"""Every command in the README and in docs/ exists with the options shown, and the README's do what they say."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer.main
from typer.core import TyperGroup

from cli.main import app
from tests.servers.stack import StackUnderTest

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md")])
# Their own tests run these, on stacks that may be changed; `prod` and `staging` are not deployed by a test.
ELSEWHERE = re.compile(
    r"^(up|test|bench|destroy|sql new|drill|restore|drift|proof run|selftest|seed|backup)\b|--stack (prod|staging)"
)


def commands(page: Path) -> Iterator[str]:
    """Each command line of the page, from its blocks and its inline code, without comment and prompt."""
    text = page.read_text(encoding="utf-8")
    blocks = re.findall(r"^```[a-z]*\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    lines = [line.strip().removeprefix("$ ") for block in blocks for line in block.splitlines()]
    inline = re.findall(r"`((?:\./)?aqdata [^`]+)`", re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL))
    for line in [*lines, *inline]:
        found = re.match(r"(?:[A-Z_]+=\S+ )*(?:\./)?aqdata (.+)", line)
        if found:
            yield re.split(r"\s+#|\s[|>]|\s&&", found[1])[0].strip()


SHOWN = [
    pytest.param(page, line, id=f"{page.name}: {line}") for page in PAGES for line in dict.fromkeys(commands(page))
]
RUN = [line for line in dict.fromkeys(commands(ROOT / "README.md")) if not ELSEWHERE.search(line)]


@pytest.mark.parametrize(("page", "line"), SHOWN)
def test_a_shown_command_exists_with_its_options(page: Path, line: str) -> None:
    command, words = typer.main.get_command(app), shlex.split(line)
    while isinstance(command, TyperGroup) and words:
        context = command.make_context("aqdata", [], resilient_parsing=True)
        _, found, words = command.resolve_command(context, words)
        assert found is not None
        command = found
    if not isinstance(command, TyperGroup):
        command.make_context(line, words)


def test_the_readme_shows_the_tasks() -> None:
    text = (ROOT / "README.md").read_text()
    for command in ("up", "test", "preview", "verify", "destroy", "psql"):
        assert f"./aqdata {command}" in text


def test_links_between_pages_lead_somewhere() -> None:
    dead = [
        f"{page.name}: {target}"
        for page in PAGES
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
        if not (page.parent / target).exists()
    ]
    assert dead == []


@pytest.mark.docker
@pytest.mark.parametrize("line", RUN)
def test_a_command_of_the_readme_works_when_pasted(deployed: StackUnderTest, line: str) -> None:
    done = deployed.command(*shlex.split(line))
    assert done.returncode == 0, done.stdout + done.stderr
