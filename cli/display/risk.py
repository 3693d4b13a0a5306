"""What a reviewer has to look at first in a plan; pure.

Losing data comes first, then who can reach what: access widened, secrets, published ports.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum

from cli.display.plan import changed_steps, op_of, short_type
from cli.display.property_lines import ABSENT, PropertyLine, property_lines
from cli.display.values import shown
from infra.engine.events import Op, StepView
from infra.engine.values import MASK


class Concern(IntEnum):
    """Why a change is risky; lower comes first."""

    DATA_LOSS = 1
    DOWNTIME = 2
    ACCESS = 3
    SECRET = 4
    PORT = 5


TITLES: Mapping[Concern, str] = {
    Concern.DATA_LOSS: "Data is lost",
    Concern.DOWNTIME: "Servers restart",
    Concern.ACCESS: "Access changes",
    Concern.SECRET: "Secrets change",
    Concern.PORT: "Published ports change",
}


@dataclass(frozen=True, slots=True)
class Risk:
    """One thing to look at."""

    concern: Concern
    urn: str
    text: str


HOLDS_DATA = ("Volume", "Changelog", "Database", "Bucket", "Stanza")
SERVERS = ("Container",)
ACCESS_TYPES = ("User", "Role", "Grant", "Policy", "Login")
ACCESS_PROPERTIES = (
    "capabilities",
    "privileged",
    "readOnly",
    "securityOpts",
    "networksAdvanced",
    "networkMode",
    "internal",
    "user",
    "usernsMode",
    "pidMode",
    "policy",
    "public",
    "grants",
    "acl",
)
SECRET_TYPES = ("Password", "Certificate", "Authority")


def risks(steps: Iterable[StepView]) -> list[Risk]:
    """The risks of a plan, gravest first."""
    found = [
        Risk(concern, step.urn, text)
        for step in changed_steps(steps).values()
        for concern, judge in _JUDGES
        for text in judge(step, property_lines(step))
    ]
    return sorted(found, key=lambda risk: risk.concern)


def _data_loss(step: StepView, _lines: list[PropertyLine]) -> Iterable[str]:
    if _noun(step).startswith(HOLDS_DATA) and op_of(step) in (Op.DELETE, Op.REPLACE):
        kept = step.old is not None and step.old.retain_on_delete
        yield f"{_title(step)} is {op_of(step)}d{', its content is retained' if kept else ' with what it holds'}"


def _downtime(step: StepView, _lines: list[PropertyLine]) -> Iterable[str]:
    if _noun(step) in SERVERS and op_of(step) in (Op.DELETE, Op.REPLACE):
        yield f"{_title(step)} is {op_of(step)}d: clients lose their connections"


def _access(step: StepView, lines: list[PropertyLine]) -> Iterable[str]:
    if step.op is Op.CREATE:
        return
    for line in lines:
        name = line.path.split(".")[0].split("[")[0]
        if name in ACCESS_PROPERTIES or (_noun(step).endswith(ACCESS_TYPES) and MASK not in (line.old, line.new)):
            yield f"{_title(step)}: {_change(line)}"


def _secret(step: StepView, lines: list[PropertyLine]) -> Iterable[str]:
    if step.op is Op.CREATE:
        return
    if _noun(step) in SECRET_TYPES:
        yield f"{_title(step)} is {op_of(step)}d"
    elif step.op is not Op.DELETE:
        for line in lines:
            if MASK in (line.old, line.new):
                yield f"{_title(step)}: {line.path} changes"


def _port(step: StepView, lines: list[PropertyLine]) -> Iterable[str]:
    if step.op is Op.CREATE:
        return
    for line in lines:
        if line.path.startswith(("ports", "publishAllPorts")):
            yield f"{_title(step)}: {_change(line)}"


_JUDGES: tuple[tuple[Concern, Callable[[StepView, list[PropertyLine]], Iterable[str]]], ...] = (
    (Concern.DATA_LOSS, _data_loss),
    (Concern.DOWNTIME, _downtime),
    (Concern.ACCESS, _access),
    (Concern.SECRET, _secret),
    (Concern.PORT, _port),
)


def _noun(step: StepView) -> str:
    return short_type(step.type).rsplit(":", 1)[-1]


def _title(step: StepView) -> str:
    return f"{short_type(step.type)} {step.name}"


def _change(line: PropertyLine) -> str:
    old = "(none)" if line.old is ABSENT else shown(line.old, 48)
    new = "(none)" if line.new is ABSENT else shown(line.new, 48)
    return f"{line.path} {old} => {new}"
