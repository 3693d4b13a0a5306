"""Restores side by side are not promised the same bytes."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from infra.backup.restore.space import promised
from infra.model.errors import ResourceError

MIB = 1 << 20


def free(mebibytes: int) -> Callable[[], int]:
    return lambda: mebibytes * MIB


def test_what_one_restore_was_promised_is_not_free_for_another() -> None:
    with promised("one", 10 * MIB, free(15), "here"):
        with (
            pytest.raises(
                ResourceError, match="two: a restore takes 10 MiB, Docker's storage has 5 MiB free"
            ) as refused,
            promised("two", 10 * MIB, free(15), "here"),
        ):
            pass
        assert "nothing was changed" in refused.value.hint
        with promised("two", 10 * MIB, free(15), "another machine"):
            pass
    with promised("two", 10 * MIB, free(15), "here"):
        pass


def test_a_promise_ends_with_a_restore_that_fails() -> None:
    with pytest.raises(ResourceError, match="broken"), promised("one", 10 * MIB, free(15), "failing"):
        raise ResourceError("broken")
    with promised("two", 10 * MIB, free(15), "failing"):
        pass


def test_of_many_at_once_as_many_go_on_as_there_is_room_for() -> None:
    together = Barrier(8)

    def restore(number: int) -> bool:
        together.wait()
        try:
            with promised(f"restore {number}", 10 * MIB, free(35), "crowded"):
                together.wait()
                return True
        except ResourceError:
            together.wait()
            return False

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(restore, range(8))) == 3
