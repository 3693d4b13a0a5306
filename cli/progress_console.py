"""The terminal of progress and errors, which work never ends for."""

import os
from typing import Any

from rich.console import Console


class ProgressConsole(Console):
    """Says nothing any more once its stream takes nothing: what is under way may have things to put right.

    Ctrl-C ends every command of a pipeline, so the `tee` behind this one is gone before its last words.
    """

    def __exit__(self, *raised: Any) -> None:
        """Rich writes what was printed here; raises no OSError."""
        try:
            super().__exit__(*raised)
        except OSError:
            self.on_broken_pipe()

    def on_broken_pipe(self) -> None:
        """The interpreter, on its way out, would fail to write what is left in the stream's buffer."""
        self.quiet = True
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self.file.fileno())
        os.close(nowhere)
