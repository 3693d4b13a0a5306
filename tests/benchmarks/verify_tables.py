"""Program: verify one server's catalog and probes in a process of its own, as `aqdata verify` does; print the cost.

Its only argument is a JSON file: port, tables, the authority's path and passwords by login.
"""

import gc
import json
import resource
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cli.report import json_report
from infra.model.intent import Intent
from infra.model.loading import load_stack
from policies.evaluate import Verdict, evaluate
from policies.facts.facts import Part
from policies.rule import Severity, load_rules
from policies.sources.live.access import Access, Endpoint
from policies.sources.live.stack import Reading, read_stack
from policies.verification import Verification
from tests.benchmarks.many_tables import INSTANCE, service

PARTS: frozenset[Part] = frozenset({"catalog", "settings", "hba", "server", "probes"})


def main(path: Path) -> None:
    gc.set_threshold(200_000)
    start = time.monotonic()
    told = json.loads(path.read_text(encoding="utf-8"))
    rules = [rule for rule in load_rules() if rule.scope.part in PARTS and "live" in rule.planes]
    facts = read_stack(_reading(told))
    read = time.monotonic()
    results = tuple(evaluate(rules, facts))
    judged = time.monotonic()
    verification = Verification(
        "bench", datetime.now(UTC), tuple(rules), results, Severity.LOW, {"live": read - start}, {"live": facts}
    )
    json_report.render(verification)
    end = time.monotonic()
    print(
        json.dumps(
            {
                "read": read - start,
                "judge": judged - read,
                "report": end - judged,
                "total": end - start,
                "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
                "attempts": len(facts.attempts),
                "results": len(results),
                "unknown": sorted({result.message for result in results if result.verdict is Verdict.UNKNOWN})[:5],
                "failed": sorted(
                    {f"{result.rule}: {result.message}" for result in results if result.verdict is Verdict.FAIL}
                )[:5],
            }
        )
    )


def _reading(told: dict[str, Any]) -> Reading:
    declared = service(told["tables"])
    stack = load_stack("dev")
    instance = stack.instances["postgres-shared"]
    intent = Intent.of({"bulk": declared}, stack.model_copy(update={"instances": {INSTANCE: instance}}))
    access = Access(
        {INSTANCE: Endpoint("localhost", told["port"])},
        Path(told["authority"]),
        {(INSTANCE, role): password for role, password in told["passwords"].items()},
    )
    return Reading(access, intent, PARTS)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
