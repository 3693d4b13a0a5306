"""What the reports that are kept say of the drills of a server as it is now."""

import time
from collections.abc import Sequence

from infra.model.recovery.evidence import Evidence, broken_links, last_passed, of_data
from policies.facts.drills import Drills


def drills_of(chain: Sequence[Evidence], server: str, *data: str) -> Drills:
    """Those made while the server had one of these: clusters of PostgreSQL, data folders of Redis."""
    reports = of_data(chain, server, *data)
    passed = last_passed(reports)
    return Drills(
        read_at=int(time.time()),
        passed=passed.finished if passed else None,
        newest=reports[-1].content if reports else None,
        chain_problems=tuple(broken_links(chain)),
    )
