"""The Pulumi program: load what is declared, declare it to the engine, export what clients need."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from infra.platform import Platform
from infra.program.configuration import declared_intent

Platform(declared_intent()).export()
