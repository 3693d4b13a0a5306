"""The facts of each plane, gathered for the verifier: the plan, the rendered SQL, the running stack.

Each plane imports its sources when it is judged: those of the live plane alone take half a second.
"""

# ruff: noqa: PLC0415

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from cli.stack_access import StackAccess
from infra.engine.events import PolicyReport
from infra.engine.interface import Options, Outcome, PlannedResource
from infra.model.errors import AqdataError
from infra.model.intent import Intent
from infra.model.recovery.evidence import EVIDENCE
from policies.facts.facts import FEEDS, Facts, Part, Plane, Unread


@dataclass(frozen=True)
class Request:
    """What is to be verified: `parts` are those that the chosen rules judge, `evidence` the drills' reports."""

    stack: StackAccess
    intent: Intent
    parts: frozenset[Part]
    read_only: bool
    evidence: Path = EVIDENCE


_LOOKED_THROUGH: frozenset[Part] = frozenset({"state", "containers"})
"""Parts in which no secret may stand."""


def gather(plane: Plane, request: Request) -> tuple[Facts, float]:
    """The plane's facts and the seconds it took; what stops a whole plane is named in the facts."""
    start = time.monotonic()
    try:
        facts = _SOURCES[plane](request)
    except AqdataError as error:
        gaps = tuple(Unread(part, plane, error.message) for part in sorted(request.parts & FEEDS[plane]))
        facts = Facts(plane, request.intent, unread=gaps)
    return facts, time.monotonic() - start


def _live(request: Request) -> Facts:
    from cli.expected_images import expected_images
    from cli.rendered import declared_changesets
    from cli.verifier_access import verifier_access
    from policies.sources.live.stack import ALL_PARTS, Reading, read_stack

    needs_catalog: frozenset[Part] = frozenset({"catalog"}) if request.parts - ALL_PARTS else frozenset()
    wanted = (request.parts | needs_catalog) & ALL_PARTS
    made = request.stack.made_secrets() if wanted & _LOOKED_THROUGH else frozenset[str]()
    with verifier_access(request.intent, request.stack.outputs(), made) as access:
        reading = Reading(
            access,
            request.intent,
            wanted,
            request.read_only,
            changesets=declared_changesets(request.intent),
            state=request.stack.workspace.backend,
            images=expected_images(request.intent.stack),
            evidence=request.evidence,
        )
        return read_stack(reading)


def _rendered(request: Request) -> Facts:
    from cli.rendered import declared_changesets, scripts_of
    from policies.sources.rendered_sql import read_sql

    return Facts(
        "rendered-sql",
        request.intent,
        catalogs={name: read_sql(scripts_of(request.intent, name), name) for name in request.intent.stack.instances},
        changesets=declared_changesets(request.intent),
    )


def _plan(request: Request) -> Facts:
    return planned(request)[0]


def planned(request: Request) -> tuple[Facts, Outcome]:
    """The plan as facts, and what the engine says of it."""
    from cli.planned import plain_resource
    from policies.sources.plan import read_plan

    found: list[PlannedResource] = []

    def keep(resources: Sequence[PlannedResource]) -> Sequence[PolicyReport]:
        found.extend(resources)
        return ()

    outcome = request.stack.engine.preview(Options(policies=keep), lambda _: None)
    return read_plan(map(plain_resource, found), request.intent), outcome


_SOURCES: dict[Plane, Callable[[Request], Facts]] = {"plan": _plan, "rendered-sql": _rendered, "live": _live}
