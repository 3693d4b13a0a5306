"""Data is told by what `stat` says of its folder, and by nothing where that is not kept."""

import pytest

from infra.model.recovery.data_folder import identity


def test_inode_and_birth_tell_the_data() -> None:
    assert identity("884754 1795918369.547695848\n") == "884754 1795918369.547695848"


@pytest.mark.parametrize("printed", ["884754 0.000000000\n", "884754 0\n", "884754 -\n", ""])
def test_a_file_system_without_times_of_birth_tells_nothing(printed: str) -> None:
    assert identity(printed) == ""
