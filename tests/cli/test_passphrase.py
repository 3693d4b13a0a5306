"""The passphrase of development stacks."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from cli.passphrase import development_passphrase, passphrase_file, passphrase_source
from infra.model.errors import AuthenticationError


@pytest.fixture(autouse=True)
def configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    for variable in ("PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE"):
        monkeypatch.delenv(variable, raising=False)


def test_it_is_made_once_and_only_its_owner_reads_it() -> None:
    phrase = development_passphrase()
    assert len(phrase) > 30
    assert development_passphrase() == phrase
    assert passphrase_file().stat().st_mode & 0o777 == 0o600


def test_commands_that_need_it_at_once_agree_on_one() -> None:
    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(lambda _: development_passphrase(), range(8)))) == 1
    assert [file.name for file in passphrase_file().parent.iterdir()] == ["passphrase"]


@pytest.mark.parametrize("environment", ["staging", "production"])
def test_outside_development_none_is_made(environment: str) -> None:
    assert passphrase_source(environment) is None
    assert not passphrase_file().exists()


def test_a_configured_one_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "")
    assert passphrase_source("development") is None


def test_an_empty_file_is_reported_and_not_overwritten() -> None:
    passphrase_file().parent.mkdir(parents=True)
    passphrase_file().touch()
    with pytest.raises(AuthenticationError, match="is empty"):
        development_passphrase()
