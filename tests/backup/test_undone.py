"""A restore in place that fails puts back what was there, whatever becomes of its progress and of another Ctrl-C."""

import os
import signal
from collections.abc import Callable

import pytest

from infra.backup.restore.in_place import _InPlace


class Failing(_InPlace):
    """One that notes when it has put back what was there."""

    def __init__(self, on_progress: Callable[[str], None]) -> None:
        self._on_progress, self._is_released, self.is_undone = on_progress, False, False

    def fail(self) -> None:
        with self._undone_on_failure():
            raise RuntimeError("recovery stopped")

    def _undo(self) -> None:
        self.is_undone = True


def ends(_: str) -> None:
    raise SystemExit(1)


def is_interrupted(_: str) -> None:
    os.kill(os.getpid(), signal.SIGINT)


@pytest.mark.parametrize("on_progress", [ends, is_interrupted])
def test_what_was_there_is_put_back_whatever_happens_when_that_is_said(on_progress: Callable[[str], None]) -> None:
    restore = Failing(on_progress)
    with pytest.raises((SystemExit, KeyboardInterrupt)):
        restore.fail()
    assert restore.is_undone
