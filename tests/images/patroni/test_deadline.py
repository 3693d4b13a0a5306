"""When the process beside Patroni kills PostgreSQL: in the image, with a process of its name in the place of it."""

import textwrap

import pytest

from tests.images.patroni.in_image import told

pytestmark = pytest.mark.docker

PREPARED = """
import shutil, subprocess, time
from contextlib import suppress
from types import SimpleNamespace
from patroni.exceptions import DCSError
shutil.copy("/bin/sleep", "/tmp/postgres")
postgres = subprocess.Popen(["/tmp/postgres", "60"])
guard = node.Deadline()
led = True
ha = SimpleNamespace(watchdog=SimpleNamespace(impl=guard))

def renew(answer):
    def asked(ha):
        if answer is DCSError:
            raise DCSError("no etcd")
        if answer and led:
            guard.keepalive()
        return answer
    node.renew_lease = asked
    with suppress(DCSError):
        node.renew(ha)

def runs_after(seconds):
    time.sleep(seconds)
    return postgres.poll() is None
"""


def guarded(image: str, script: str) -> str:
    return told(image, PREPARED + textwrap.dedent(script) + "\nguard.close()\n")


def test_a_lease_that_is_renewed_keeps_postgresql(image: str) -> None:
    script = """
        guard.open(); guard.set_timeout(2)
        for _ in range(6):
            time.sleep(0.5)
            renew(True)
        print(runs_after(0.5))
    """
    assert guarded(image, script) == "True"


@pytest.mark.parametrize("answer", ["DCSError", "False"])
def test_a_lease_that_is_not_renewed_in_time_ends_it(image: str, answer: str) -> None:
    script = f"""
        guard.open(); guard.set_timeout(1)
        renew({answer})
        print(runs_after(0.3), runs_after(1.2))
    """
    assert guarded(image, script) == "True False"


def test_a_guard_that_is_gone_is_replaced_by_the_next_renewal(image: str) -> None:
    script = """
        guard.open(); guard.set_timeout(1)
        subprocess.run(["pkill", "-KILL", "-x", "bash"])
        time.sleep(0.2)
        renew(True)
        print(runs_after(0.6), runs_after(1))
    """
    assert guarded(image, script) == "True False"


@pytest.mark.parametrize("answer", ["DCSError", "False", "True"])
def test_a_new_primary_is_not_measured_by_a_renewal_of_its_former_time(image: str, answer: str) -> None:
    script = f"""
        led = False
        renew({answer})
        time.sleep(1.5)
        guard.open(); guard.set_timeout(1)
        print(runs_after(0.6), runs_after(1))
    """
    assert guarded(image, script) == "True False"
