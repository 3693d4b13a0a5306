"""A host is judged by its facts, and each missing thing comes with the command that mends it."""

from dataclasses import replace

from infra.host.facts import Engine, EngineFacts, HostFacts
from infra.host.prerequisites import DETACHED_ENGINE, Prerequisite, State, judge

GB = 10**9
READY = HostFacts(
    is_root=True,
    is_debian=True,
    has_systemd=False,
    tools=frozenset({"apt-get", "debootstrap", "dockerd"}),
    docker_host="",
    engine=EngineFacts(Engine.ANSWERS, "20.10", "/var/lib/docker", 50 * GB),
)
BARE = replace(READY, tools=frozenset({"apt-get"}), engine=EngineFacts(Engine.SILENT))


def _judge(facts: HostFacts, needed: int = 0) -> dict[str, Prerequisite]:
    return {each.name: each for each in judge(facts, needed)}


def _missing(facts: HostFacts, needed: int = 0) -> list[str]:
    return [name for name, each in _judge(facts, needed).items() if each.state is State.MISSING]


def test_a_ready_host_misses_nothing() -> None:
    assert _missing(READY) == []


def test_a_bare_debian_misses_engine_and_debootstrap_and_root_can_mend_both() -> None:
    judged = _judge(BARE)
    assert _missing(BARE) == ["Docker Engine", "Docker Engine answers", "debootstrap"]
    assert judged["Docker Engine"].packages == ("docker.io", "iptables")
    assert judged["debootstrap"].packages == ("debootstrap",)
    assert judged["Docker Engine answers"].starts_engine


def test_without_root_nothing_is_mended_and_the_commands_say_as_root() -> None:
    judged = _judge(replace(BARE, is_root=False))
    assert not any(each.can_be_mended for each in judged.values())
    assert judged["Docker Engine"].command.startswith("as root: apt-get update && apt-get install --yes docker.io")


def test_a_stopped_engine_is_started_as_the_host_does_it() -> None:
    stopped = replace(READY, engine=EngineFacts(Engine.SILENT))
    assert _judge(stopped)["Docker Engine answers"].command == DETACHED_ENGINE
    with_systemd = replace(stopped, has_systemd=True)
    assert _judge(with_systemd)["Docker Engine answers"].command == "systemctl enable --now docker"


def test_a_user_outside_the_docker_group_is_told_to_join_it() -> None:
    outsider = replace(READY, is_root=False, engine=EngineFacts(Engine.FORBIDDEN))
    assert _missing(outsider) == ["Docker Engine answers"]
    assert "usermod" in _judge(outsider)["Docker Engine answers"].command


def test_a_silent_remote_engine_is_not_installed_here() -> None:
    remote = replace(BARE, docker_host="ssh://db1")
    assert _missing(remote) == ["Docker Engine answers", "debootstrap"]
    assert _judge(remote)["Docker Engine answers"].command == "docker --host ssh://db1 version"
    assert not _judge(remote)["Docker Engine answers"].can_be_mended


def test_too_little_disk_space_is_told_with_both_figures() -> None:
    judged = _judge(READY, needed=60 * GB)["Disk space for Docker"]
    assert judged.state is State.MISSING
    assert judged.found == "50.0 GB in /var/lib/docker, 61.0 GB needed"


def test_debootstrap_is_only_asked_for_while_the_base_image_is_missing() -> None:
    without = replace(READY, tools=frozenset({"apt-get"}))
    assert _missing(without) == []
    assert _missing(replace(without, engine=replace(READY.engine, missing_images=("root",)))) == ["debootstrap"]


def test_another_distribution_pulls_the_base_image_instead() -> None:
    other = replace(READY, is_debian=False, tools=frozenset(), engine=replace(READY.engine, missing_images=("root",)))
    assert _missing(other) == []


def test_the_pulumi_cli_is_never_required() -> None:
    assert _judge(READY)["Pulumi CLI"].state is State.OPTIONAL
    assert _judge(replace(READY, tools=READY.tools | {"pulumi"}))["Pulumi CLI"].state is State.OK
