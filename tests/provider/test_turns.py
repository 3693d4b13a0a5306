"""A primary moves while no other node of the stack moves or joins; what never comes back holds nobody up for ever."""

import threading
import time
from collections.abc import Callable

from infra.patroni.turn import Turns

SOON = 0.2
LONG = 30.0


def started(work: Callable[[], object]) -> threading.Thread:
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread


def goes_on(thread: threading.Thread) -> bool:
    thread.join(SOON)
    return thread.is_alive()


def move(turns: Turns) -> None:
    with turns.alone():
        pass


def test_one_primary_moves_at_a_time() -> None:
    turns = Turns(LONG)
    with turns.alone():
        other = started(lambda: move(turns))
        assert goes_on(other)
    other.join(LONG)
    assert not other.is_alive()


def test_a_primary_moves_when_those_that_were_taken_away_are_back() -> None:
    turns = Turns(LONG)
    turns.leave("a")
    turns.leave("b")
    moving = started(lambda: move(turns))
    turns.come_back("a")
    assert goes_on(moving)
    turns.come_back("b")
    moving.join(LONG)
    assert not moving.is_alive()


def test_no_node_is_taken_away_while_a_primary_moves_or_waits_for_its_turn() -> None:
    turns = Turns(LONG)
    turns.leave("a")
    moving = started(lambda: move(turns))
    assert goes_on(moving)
    leaving = started(lambda: turns.leave("b"))
    assert goes_on(leaving)
    turns.come_back("a")
    leaving.join(LONG)
    assert not leaving.is_alive()


def test_a_node_that_does_not_come_back_is_waited_for_no_longer_than_that() -> None:
    turns = Turns(SOON)
    turns.leave("lost")
    started_at = time.monotonic()
    with turns.alone():
        assert time.monotonic() - started_at >= SOON / 2
    with turns.alone():
        pass


def test_a_move_that_fails_gives_its_turn_back() -> None:
    turns = Turns(LONG)
    try:
        with turns.alone():
            raise ValueError
    except ValueError:
        move(turns)


def test_the_nodes_of_a_cluster_that_goes_are_known() -> None:
    turns = Turns()
    turns.dismiss(["a", "b"])
    assert (turns.is_dismissed("a"), turns.is_dismissed("c")) == (True, False)
