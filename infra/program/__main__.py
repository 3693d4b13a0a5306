"""The Pulumi program: load what is declared, declare it to the engine, export what clients need."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import pulumi
from pulumi.runtime.config import CONFIG, get_config_env

from infra.model.loading import intent_from_engine
from infra.platform import Platform

Platform(intent_from_engine(pulumi.get_stack(), get_config_env() | CONFIG.get())).export()
