"""Every replica streams from the primary.

What: each replica receives WAL now, on the primary's timeline.
Why: a replica that was left behind on another timeline, or that only replays, serves old rows and cannot take over.
Fix: `docker logs <container>` says why. `aqdata up --replace '**Container::<node>'` makes its container anew (node 1's
    is called like the instance). What has it copy the primary's data:
    `docker exec <container> aqstream-patroni-request POST /reinitialize '{"force": true}'`
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.replication import ReplicatedInstance, replicated_instances

SCOPE = replicated_instances
PLANES = ("live",)
SEVERITY = Severity.HIGH
CLAUSES = ("seed: replication",)
BAD = "{nodes: {postgres-user-2: {timeline: 1}}}"
GOOD = "{nodes: {postgres-user-2: {timeline: 2}}}"


def check(subject: ReplicatedInstance) -> Iterator[str]:
    timelines = {node.timeline for node in subject.found.writable}
    for node in subject.found.replicas:
        if node.receives != "streaming":
            yield f"{node.name} receives nothing"
        elif timelines and node.timeline not in timelines:
            yield f"{node.name} is on timeline {node.timeline}, the primary on {min(timelines)}"
