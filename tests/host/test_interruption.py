"""Ctrl-C reaches threads, ends what they wait for, and waits for what puts things right."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.host import interruption
from infra.host.interruption import checkpoint, ended_by_interrupt, interrupt_threads, undisturbed

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _asked_anew() -> Iterator[None]:
    yield
    interruption._asked.clear()


def test_a_checkpoint_stops_nothing_before_an_interrupt_and_everything_after_it() -> None:
    checkpoint()
    interrupt_threads()
    with pytest.raises(KeyboardInterrupt):
        checkpoint()


def test_what_a_thread_waits_for_is_ended() -> None:
    ended, stopped = threading.Event(), list[bool]()

    def work() -> None:
        try:
            with ended_by_interrupt(ended.set):
                ended.wait(10)
        except KeyboardInterrupt:
            stopped.append(True)

    thread = threading.Thread(target=work)
    thread.start()
    time.sleep(0.1)
    interrupt_threads()
    thread.join(5)
    assert stopped == [True]


def test_an_interrupt_of_the_thread_itself_ends_what_it_waits_for() -> None:
    ended = list[bool]()
    with pytest.raises(KeyboardInterrupt), ended_by_interrupt(lambda: ended.append(True)):
        raise KeyboardInterrupt
    assert ended == [True]


def test_what_ended_by_itself_is_not_ended_again() -> None:
    ended = list[bool]()
    with ended_by_interrupt(lambda: ended.append(True)):
        pass
    interrupt_threads()
    assert ended == []


@pytest.fixture
def _hangup_interrupts() -> Iterator[None]:
    former = signal.signal(signal.SIGHUP, signal.default_int_handler)
    yield
    signal.signal(signal.SIGHUP, former)


@pytest.mark.usefixtures("_hangup_interrupts")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupt_waits_until_things_are_right(number: signal.Signals) -> None:
    done = list[bool]()

    def put_right() -> None:
        with undisturbed():
            os.kill(os.getpid(), number)
            time.sleep(0.05)
            done.append(True)

    with pytest.raises(KeyboardInterrupt):
        put_right()
    assert done == [True]


def test_interrupted_work_side_by_side_ends_at_once_and_puts_things_right() -> None:
    program = """
import time
from cli.instances import side_by_side
from infra.host.interruption import checkpoint
def work(name):
    try:
        print(f"{name}\\n", end="", flush=True)
        for _ in range(600):
            checkpoint()
            time.sleep(0.05)
    finally:
        print("right\\n", end="", flush=True)
side_by_side(["one", "two"], work)
"""
    process = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert process.stdout is not None
    lines = [process.stdout.readline() for _ in range(2)]
    process.send_signal(signal.SIGINT)
    rest, _ = process.communicate(timeout=10)
    assert sorted(lines) == ["one\n", "two\n"]
    assert rest == "right\nright\n"


def test_an_interrupt_is_heard_whatever_the_main_thread_does_at_that_moment() -> None:
    program = """
import os, signal, time
from cli.instances import side_by_side
from infra.host import interruption
def work(name):
    os.kill(os.getpid(), signal.SIGINT)
    while True:
        interruption.checkpoint()
        time.sleep(0.001)
for _ in range(50):
    try:
        side_by_side(["one", "two", "three"], work)
    except KeyboardInterrupt:
        print("stopped", flush=True)
    interruption._asked.clear()
"""
    process = subprocess.run(
        [sys.executable, "-c", program], check=True, stdout=subprocess.PIPE, text=True, cwd=ROOT, timeout=60
    )
    assert process.stdout == 50 * "stopped\n"


def test_what_begins_when_all_is_to_stop_is_not_begun() -> None:
    begun = list[bool]()
    interrupt_threads()
    with pytest.raises(KeyboardInterrupt), ended_by_interrupt(lambda: begun.append(True)):
        begun.append(True)
    assert begun == []
