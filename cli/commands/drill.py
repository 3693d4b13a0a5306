"""Prove that instances can be restored: restore each to a moment and judge the copy."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from cli import console
from cli.display.printing import print_text
from cli.display.quantities import duration
from cli.instances import chosen_instances, side_by_side
from cli.options import DEFAULT_STACK, BackendFolder, ConfigFile, Evidence, StackName
from cli.restored_isolation import judge_isolation
from cli.stack_access import StackAccess
from infra.backup.drill.cache import CacheDrill, cache_login
from infra.backup.drill.evidence import keep, prepare
from infra.backup.drill.report import DrillReport
from infra.backup.drill.run import Drill
from infra.backup.drill.signature import SigningKey, unsigned
from infra.backup.restore.copy import OnProgress
from infra.model.cache import container_name
from infra.model.errors import ConfigurationError, ResourceError
from infra.model.loading import load_intent, load_services
from infra.model.recovery.evidence import EVIDENCE, broken_links, read_chain
from infra.model.stack import Stack

app = typer.Typer()


class Moment(StrEnum):
    """Where a drill restores to."""

    NOW = "now"
    RANDOM = "random"


@app.command()
def run(
    *,
    instance: Annotated[
        list[str] | None, typer.Option("--instance", "-i", envvar="AQDATA_INSTANCE", help="Repeatable.")
    ] = None,
    every: Annotated[bool, typer.Option("--all", envvar="AQDATA_ALL", help="Every instance, and Redis.")] = False,
    redis: Annotated[
        bool, typer.Option("--redis", envvar="AQDATA_DRILL_REDIS", help="The server of sessions, from its disk.")
    ] = False,
    to: Annotated[
        Moment,
        typer.Option("--to", envvar="AQDATA_DRILL_TO", help="Between two markers of now, or any moment of the window."),
    ] = Moment.NOW,
    stack: StackName = DEFAULT_STACK,
    sign: Annotated[
        Path | None, typer.Option("--sign", envvar="AQDATA_SIGN", help="Sign the reports with this Ed25519 key (PEM).")
    ] = None,
    evidence: Evidence = EVIDENCE,
    check_evidence: Annotated[
        bool, typer.Option("--check-evidence", envvar="AQDATA_CHECK_EVIDENCE", help="Only check the reports there are.")
    ] = False,
    public_key: Annotated[
        Path | None,
        typer.Option("--public-key", envvar="AQDATA_PUBLIC_KEY", help="With --check-evidence: check signatures too."),
    ] = None,
    config_file: ConfigFile = None,
    backend: BackendFolder = None,
) -> None:
    """Restore instances to a moment, judge the copies, remove them, and keep the report.

    A restore that fails is reported too. Exit code 0 when every judgement passed, 4 otherwise.
    """
    folder = evidence / stack
    if check_evidence:
        _check_chain(folder, public_key)
        return
    if not (instance or every or redis):
        raise ConfigurationError("a drill needs to know what to restore", "add --instance NAME, --redis or --all")
    key = SigningKey(sign) if sign else None
    prepare(folder)
    access = StackAccess(stack, config_file, backend)
    names = [] if redis and not (instance or every) else chosen_instances(access.declared, None if every else instance)
    outputs, intent, step = access.outputs(), load_intent(stack, config_file), console.steps()
    deployed = access.servers_changed() if to is Moment.RANDOM else 0
    cache = container_name("durable")

    def drilled(name: str) -> DrillReport:
        def say(text: str) -> None:
            step(f"{name}: {text}")

        if name == cache:
            return _cache_drill(access.declared, outputs, say).run()
        drill = Drill(access.declared, name, partial(judge_isolation, intent, outputs, name), say)
        return drill.at_random(deployed) if to is Moment.RANDOM else drill.between_markers()

    def work(name: str) -> DrillReport:
        report = drilled(name)
        keep(report, folder, key)
        return report

    reports = side_by_side([*names, *([cache] if redis or every else [])], work)
    console.results().print(_table(reports))
    _conclude(reports, folder)


def _cache_drill(stack: Stack, outputs: Mapping[str, Any], say: OnProgress) -> CacheDrill:
    service = next(
        found for found in load_services().values() if any(not each.evictable for each in found.cache.values())
    )
    return CacheDrill(stack, cache_login(outputs, stack, service), service, say)


def _table(reports: dict[str, DrillReport]) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0))
    for heading in ("instance", "judged", "passed", "detail"):
        table.add_column(heading)
    for name, report in reports.items():
        for judgement in report.judgements:
            table.add_row(name, judgement.name, "yes" if judgement.passed else "NO", judgement.detail)
        if took := report.seconds.get("restore"):
            table.add_row(name, "time", "", f"{took:.1f} s to restore, at most {duration(report.recovery_point)} lost")
    return table


def _conclude(reports: dict[str, DrillReport], folder: Path) -> None:
    print_text(console.progress(), f"The reports are in {folder}.")
    if failed := [name for name, report in reports.items() if not report.passed]:
        raise ResourceError(f"the drill of {', '.join(failed)} failed", "the table above and the reports say where")


def _check_chain(folder: Path, public_key: Path | None) -> None:
    chain = read_chain(folder)
    problems = broken_links(chain) + (unsigned((each.path for each in chain), public_key) if public_key else [])
    if problems:
        raise ResourceError("\n".join(problems), f"compare {folder} with a copy of it kept elsewhere")
    end = f", the last of them {chain[-1].checksum}" if chain else ""
    print_text(console.results(), f"The chain of {len(chain)} reports in {folder} is whole{end}.")
