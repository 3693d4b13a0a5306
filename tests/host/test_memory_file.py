"""Text by path, without a file."""

import os
import subprocess
from pathlib import Path

import pytest

from infra.host.memory_file import held_in_memory, memory_file


def test_the_text_is_read_back_and_nobody_else_may_open_it() -> None:
    path = memory_file("a secret")
    assert Path(path).read_text() == "a secret"
    assert os.stat(path).st_mode & 0o777 == 0o600


def test_what_is_held_is_gone_after_the_block() -> None:
    with held_in_memory("a key") as path:
        assert Path(path).read_text() == "a key"
    with pytest.raises(FileNotFoundError):
        Path(path).read_text()


@pytest.mark.parametrize(("inherited", "read"), [(True, "a password"), (False, "")])
def test_another_program_reads_it_only_where_it_is_inherited(inherited: bool, read: str) -> None:
    path = memory_file("a password", inherited=inherited)
    done = subprocess.run(["cat", path], capture_output=True, text=True, close_fds=False, check=False)
    assert done.stdout == read
