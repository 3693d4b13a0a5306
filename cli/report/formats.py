"""Every report format by name, and where each one goes."""

import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from cli import console
from cli.report import github, html, human, json_report, junit, markdown, sarif
from infra.model.errors import ConfigurationError
from policies.verification import Verification

FORMATS: Mapping[str, Callable[[Verification], str]] = {
    "human": human.render,
    "json": json_report.render,
    "junit": junit.render,
    "sarif": sarif.render,
    "github": github.render,
    "markdown": markdown.render,
    "html": html.render,
}


@dataclass(frozen=True)
class Destination:
    """A format and its file; None is stdout."""

    format: str
    path: Path | None


def destinations(texts: Iterable[str]) -> tuple[Destination, ...]:
    """`fmt` or `fmt=path` each; the human form goes to stdout where nothing else does.

    Raises ConfigurationError on an unknown format or two for stdout.
    """
    parsed = tuple(_destination(text) for text in texts)
    on_stdout = sum(each.path is None for each in parsed)
    if on_stdout > 1:
        raise ConfigurationError("--format: two formats for stdout", "give all but one a file: fmt=path")
    return parsed if on_stdout else (*parsed, Destination("human", None))


def _destination(text: str) -> Destination:
    name, _, path = text.partition("=")
    if name not in FORMATS:
        raise ConfigurationError(f"--format: '{name}' is no format; expected one of {', '.join(FORMATS)}")
    return Destination(name, Path(path) if path else None)


def write(verification: Verification, where: Iterable[Destination]) -> None:
    """Render each format to its file or to stdout. Raises ConfigurationError where a file cannot be written."""
    for each in where:
        if each.path is None and each.format == "human":
            human.render(verification, console.results())
        elif each.path is None:
            sys.stdout.write(FORMATS[each.format](verification))
        else:
            _write(each.path, FORMATS[each.format](verification))


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ConfigurationError(f"--format: {path}: {error.strerror}", "give a path that can be written") from error
