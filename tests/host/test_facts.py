"""Facts are read, never guessed."""

from pathlib import Path

import pytest

from infra.host.facts import Engine, gather_facts, is_debian


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ('NAME="Debian GNU/Linux"\nID=debian\n', True),
        ("ID=ubuntu\nID_LIKE=debian\n", True),
        ('ID=linuxmint\nID_LIKE="ubuntu debian"\n', True),
        ('ID="fedora"\n', False),
    ],
)
def test_debian_and_its_descendants_are_known_by_os_release(tmp_path: Path, content: str, expected: bool) -> None:
    os_release = tmp_path / "os-release"
    os_release.write_text(content)
    assert is_debian(os_release) is expected


def test_a_system_without_os_release_is_no_debian(tmp_path: Path) -> None:
    assert not is_debian(tmp_path / "os-release")


def test_an_engine_that_is_not_there_is_a_fact(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/docker.sock")
    facts = gather_facts()
    assert facts.engine.state is Engine.SILENT
    assert facts.has_local_engine


@pytest.mark.docker
def test_an_engine_that_answers_tells_its_version_and_free_space() -> None:
    engine = gather_facts().engine
    assert engine.state is Engine.ANSWERS
    assert engine.version
    assert engine.free_storage
