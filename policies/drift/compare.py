"""Everything of a stack that is not as declared."""

from dataclasses import dataclass

from policies.drift.caches import caches
from policies.drift.containers import containers
from policies.drift.databases import catalogs, settings
from policies.drift.difference import Difference
from policies.drift.stores import stores
from policies.facts.facts import Facts, Unread


@dataclass(frozen=True)
class Drift:
    """All differences of a stack, and what could not be compared."""

    differences: tuple[Difference, ...]
    unread: tuple[Unread, ...] = ()


def compare(rendered: Facts, planned: Facts, live: Facts) -> Drift:
    """The SQL, the plan and the declared services on one side, the running stack on the other."""
    stack = live.intent.stack.name
    found = [*catalogs(rendered, live, stack), *settings(planned, live, stack)]
    unread = (*rendered.unread, *planned.unread, *live.unread)
    if not any(gap.part == "containers" for gap in unread):
        found.extend(containers(planned, live, stack))
    return Drift((*found, *caches(live, stack), *stores(live, stack)), unread)
