"""Every step waits for a write that includes it, and steps share writes."""

import time
from threading import Barrier, Thread

import pytest

from infra.engine.embedded.deployment import Deployment, OperationType
from infra.engine.embedded.journal import Journal
from infra.engine.embedded.resource import Resource
from infra.engine.embedded.snapshot import Snapshot


def resource(name: str) -> Resource:
    return Resource(f"urn:pulumi:dev::test::fake:index:Thing::{name}", "fake:index:Thing", custom=True)


def test_a_step_goes_on_only_when_it_is_written() -> None:
    written: list[int] = []
    snapshot = Snapshot(Deployment())
    journal = Journal(snapshot, lambda each: written.append(len(each.freeze().resources)))
    for number in range(3):
        snapshot.add(resource(str(number)))
        journal.sync()
        assert written[-1] == number + 1
    journal.close()


def test_steps_at_the_same_time_share_writes() -> None:
    writes: list[int] = []
    snapshot = Snapshot(Deployment())

    def save(each: Snapshot) -> None:
        time.sleep(0.02)
        writes.append(len(each.freeze().resources))

    journal = Journal(snapshot, save)
    together = Barrier(10)

    def work(number: int) -> None:
        together.wait()
        snapshot.add(resource(str(number)))
        journal.sync()
        assert writes[-1] >= 1

    threads = [Thread(target=work, args=(number,)) for number in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    journal.close()
    assert writes[-1] == 10
    assert len(writes) < 10


def test_nothing_noteworthy_is_no_write() -> None:
    writes: list[Snapshot] = []
    old = resource("a")
    snapshot = Snapshot(Deployment((old,)))
    journal = Journal(snapshot, writes.append)
    snapshot.keep(resource("a"), instead_of=old)
    journal.sync()
    journal.close()
    assert writes == []


def test_a_write_that_fails_fails_everybody() -> None:
    def save(_: Snapshot) -> None:
        raise OSError("disk full")

    snapshot = Snapshot(Deployment())
    journal = Journal(snapshot, save)
    for _ in range(2):
        snapshot.add(resource("a"))
        with pytest.raises(OSError, match="disk full"):
            journal.sync()
    journal.close()


def test_operations_are_in_the_state_while_they_last() -> None:
    snapshot = Snapshot(Deployment())
    operation = snapshot.begin(resource("a"), OperationType.CREATING)
    assert snapshot.freeze().operations == (operation,)
    snapshot.end(operation)
    assert snapshot.freeze().operations == ()


def test_what_was_done_comes_before_what_was_not_reached() -> None:
    a, b, c = resource("a"), resource("b"), resource("c")
    snapshot = Snapshot(Deployment((a, b, c)))
    snapshot.keep(resource("c"), instead_of=c)
    snapshot.remove(a)
    assert [each.name for each in snapshot.freeze().resources] == ["c", "b"]
    assert [then.name for then, _ in snapshot.untouched()] == ["b"]
