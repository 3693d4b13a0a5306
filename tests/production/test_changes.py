"""What `up` does to a cluster that is written to: settings, replicas, images."""

from collections.abc import Callable

import pytest

from tests.production.cluster import Replicated, wait_for
from tests.production.trial import HEAL_SECONDS
from tests.production.watcher import Watcher
from tests.production.writer import Writer
from tests.servers.stack import StackUnderTest

pytestmark = [pytest.mark.docker, pytest.mark.long]

LONGEST_PAUSE = 10.0
NAME = "postgres-user"


def _changed(stack: StackUnderTest, **settings: object) -> dict[str, object]:
    instances = stack.settings["instances"]
    return {**instances, NAME: {**instances[NAME], **settings}}


def _up_under_writes(instance: Replicated, **settings: object) -> float:
    """Change the instance's settings, and change them back; the longest pause of the two."""
    return _ups_under_writes(instance, _changed(instance.stack, **settings), instance.stack.settings["instances"])


def _ups_under_writes(
    instance: Replicated, *changes: dict[str, object], see: Callable[[], None] = lambda: None
) -> float:
    """Bring one after the other into force, and `see` after each; the longest pause."""
    with Writer(instance) as writer, Watcher(instance) as watcher:
        for instances in changes:
            writer.await_writes(100)
            instance.stack.configure(instances=instances)
            up = instance.stack.command("up", "--skip-verify", timeout=400)
            assert up.returncode == 0, up.stderr
            see()
        wait_for(instance.is_whole, HEAL_SECONDS, "whole cluster after the change")
        writer.await_writes(100)
    assert writer.lost() == []
    assert watcher.both_writable() == []
    return writer.longest_pause()


def test_a_setting_that_takes_a_restart_is_in_force_on_every_node_after_a_pause(user: Replicated) -> None:
    """Replicas may not have less than the primary, so that what is lowered takes another order than what grows."""
    seen: list[dict[str, list[str]]] = []
    before = {name: user.settings(name) for name in ("max_connections", "max_locks_per_transaction")}
    raised = {"max_connections": "250", "max_locks_per_transaction": "128"}
    pause = _ups_under_writes(
        user,
        _changed(user.stack, settings=raised),
        _changed(user.stack, settings={"max_connections": "150"}),
        user.stack.settings["instances"],
        see=lambda: seen.append({name: user.settings(name) for name in raised}),
    )
    print(f"\nmax_connections raised and lowered: writes paused for {pause:.1f} s at most")
    assert seen[:2] == [
        {"max_connections": ["250"] * 3, "max_locks_per_transaction": ["128"] * 3},
        {"max_connections": ["150"] * 3, "max_locks_per_transaction": ["64"] * 3},
    ]
    assert seen[2] == before
    assert pause <= LONGEST_PAUSE


def test_a_setting_that_takes_a_reload_pauses_nothing(user: Replicated) -> None:
    pause = _up_under_writes(user, settings={"work_mem": "5MB"})
    print(f"\nwork_mem changed twice: writes paused for {pause:.1f} s at most")
    assert pause <= LONGEST_PAUSE / 2


def test_a_replica_goes_and_comes_without_a_pause(user: Replicated) -> None:
    pause = _up_under_writes(user, replicas=1)
    print(f"\na replica removed and added: writes paused for {pause:.1f} s at most")
    assert pause <= LONGEST_PAUSE


def test_the_primary_gives_way_where_it_is_the_replica_that_goes(user: Replicated) -> None:
    user.cluster.hand_over(f"{NAME}-3")
    pause = _up_under_writes(user, replicas=1)
    print(f"\nthe primary's own node removed and added: writes paused for {pause:.1f} s at most")
    assert pause <= LONGEST_PAUSE


def test_new_containers_for_all_nodes_pause_writes_for_two_switchovers(user: Replicated) -> None:
    """What another image asks for: each node gives way to a container made anew, the primary after handing over."""
    before = {name: user.container(name).id for name in user.node_names}
    replaced = [f"**Container::{resource}" for resource in (NAME, f"{NAME}-2", f"{NAME}-3")]
    wait_for(user.is_whole, HEAL_SECONDS, "whole cluster")
    with Writer(user) as writer, Watcher(user) as watcher:
        writer.await_writes(100)
        options = [option for each in replaced for option in ("--replace", each)]
        up = user.stack.command("up", "--skip-verify", *options, timeout=400)
        assert up.returncode == 0, up.stderr
        wait_for(user.is_whole, HEAL_SECONDS, "whole cluster after the change")
        writer.await_writes(100)
    print(f"\nall nodes' containers made anew: writes paused for {writer.longest_pause():.1f} s at most")
    assert writer.lost() == []
    assert watcher.both_writable() == []
    assert not before.items() & {name: user.container(name).id for name in user.node_names}.items()
    assert writer.longest_pause() <= LONGEST_PAUSE


def test_replicas_are_not_taken_away_from_under_the_primary(user: Replicated) -> None:
    wait_for(user.is_whole, HEAL_SECONDS, "whole cluster")
    user.cluster.hand_over(f"{NAME}-2")
    user.stack.configure(instances=_changed(user.stack, replicas=0))
    try:
        refused = user.stack.command("up", "--skip-verify")
    finally:
        user.stack.configure()
    assert refused.returncode == 5
    assert f"aqdata switchover {NAME} --to {NAME}-1" in refused.stderr
    assert user.leader() == f"{NAME}-2"


def test_an_instance_gives_up_its_replicas_and_gets_them_back_with_its_rows(user: Replicated) -> None:
    wait_for(user.is_whole, HEAL_SECONDS, "whole cluster")
    user.cluster.hand_over(f"{NAME}-1")
    with Writer(user) as writer:
        writer.await_writes(100)
        for instances in (_changed(user.stack, replicas=0), user.stack.settings["instances"]):
            user.stack.configure(instances=instances)
            up = user.stack.command("up", "--skip-verify", timeout=400)
            assert up.returncode == 0, up.stderr
            verified = user.stack.command("verify", timeout=300)
            assert verified.returncode == 0, verified.stdout
        wait_for(user.is_whole, HEAL_SECONDS, "whole cluster")
        writer.await_writes(100)
    assert writer.lost() == []
