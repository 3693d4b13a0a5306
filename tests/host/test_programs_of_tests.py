"""What only the tests need is installed by root, and asked for from anybody else."""

import os
import shutil

import pytest

from infra.host import programs_of_tests
from infra.model.errors import PrerequisiteMissing


def found_except(*missing: str) -> object:
    return lambda program: None if program in missing else f"/usr/bin/{program}"


def test_root_installs_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    installed: list[str] = []
    monkeypatch.setattr(shutil, "which", found_except("chromium"))
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(programs_of_tests, "install", lambda packages, _: installed.extend(packages))
    programs_of_tests.ensure_test_programs(lambda _: None)
    assert installed == ["chromium"]


def test_anybody_else_is_told_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", found_except("busybox"))
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(PrerequisiteMissing) as stopped:
        programs_of_tests.ensure_test_programs(lambda _: None)
    assert stopped.value.hint == "As root: apt-get update && apt-get install --yes busybox-static"
