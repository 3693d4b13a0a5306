"""Deploys many passwords of the project's own provider in a fresh process, and prints what it took as JSON."""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path

import pulumi

from infra.components.resources import Password
from infra.engine import Options, Workspace
from infra.engine.embedded.engine import EmbeddedEngine

GROUP_SIZE = 50


def program(size: int) -> None:
    groups = [pulumi.ComponentResource("aqstream:data:Group", f"group-{n}") for n in range(size // GROUP_SIZE)]
    for number in range(size - len(groups)):
        parent = groups[number % len(groups)] if groups else None
        Password(f"password-{number}", pulumi.ResourceOptions(parent=parent))


def main(verb: str, size: int, folder: Path) -> None:
    workspace = Workspace(
        root=folder,
        project="bench",
        stack="dev",
        config_file=folder / "Pulumi.dev.yaml",
        backend=folder,
        program=lambda: program(size),
        passphrase=lambda: "bench",
    )
    started = time.monotonic()
    outcome = getattr(EmbeddedEngine(workspace), verb)(Options(), lambda event: None)
    print(
        json.dumps(
            {
                "seconds": time.monotonic() - started,
                "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
                "changes": {str(op): count for op, count in outcome.changes.items()},
            }
        )
    )


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]))
