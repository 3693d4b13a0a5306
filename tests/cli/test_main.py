"""The command line reports every way a command can end, and loads only what it runs."""

import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from cli import console
from cli.commands import doctor
from cli.main import run
from infra.model import errors
from infra.model.errors import AqdataError, Cancelled


@pytest.fixture(autouse=True)
def fresh_terminals(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Consoles that write to what pytest captures now; caches under the test's own folder."""
    console.results.cache_clear()
    console.progress.cache_clear()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))


def _fail(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> int:
    def inspect() -> None:
        raise error

    monkeypatch.setattr(doctor, "inspect_host", inspect)
    return run(["doctor"])


def _tree(error: type[AqdataError]) -> list[type[AqdataError]]:
    return [error, *(each for child in error.__subclasses__() for each in _tree(child))]


@pytest.mark.parametrize("error", [each for each in _tree(AqdataError) if each.__module__ == errors.__name__])
def test_every_error_of_the_tree_exits_with_its_own_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], error: type[AqdataError]
) -> None:
    assert _fail(monkeypatch, error("what is wrong", "what to do")) == error.exit_code
    captured = capsys.readouterr()
    assert captured.err == "error: what is wrong\nnext:  what to do\n"
    assert captured.out == ""


def test_ctrl_c_exits_as_cancelled(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert _fail(monkeypatch, KeyboardInterrupt()) == Cancelled.exit_code
    assert capsys.readouterr().err.startswith("error: Stopped before the end.")


def test_a_defect_is_one_line_and_its_traceback_a_private_file(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert _fail(monkeypatch, ZeroDivisionError("unforeseen")) == 1
    shown = capsys.readouterr().err
    (report,) = (tmp_path / "aqdata" / "defects").iterdir()
    assert "defect" in shown
    assert str(report) in shown
    assert "Traceback" not in shown
    assert "unforeseen" in report.read_text()
    assert stat.S_IMODE(report.stat().st_mode) == 0o600


@pytest.mark.parametrize("arguments", [["no-such-command"], ["doctor", "--bogus"], ["images", "push"]])
def test_wrong_usage_exits_2_and_names_the_help(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(arguments) == 2
    shown = capsys.readouterr().err
    assert shown.startswith("error: ")
    assert "--help` lists what it takes" in shown


def test_a_misspelt_command_is_answered_with_the_right_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["docter"]) == 2
    assert "Did you mean 'doctor'?" in capsys.readouterr().err


def test_an_error_is_reported_even_when_quiet(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(doctor, "inspect_host", lambda: 1 / 0)
    assert run(["--quiet", "doctor"]) == 1
    assert "defect" in capsys.readouterr().err


def test_brackets_in_an_error_are_shown_as_they_are(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _fail(monkeypatch, AqdataError("key [bold]x[/bold] in hosts[3]"))
    assert "key [bold]x[/bold] in hosts[3]" in capsys.readouterr().err


_LOADED = """
import sys
from cli.main import run
run(["--help"])
print(*sorted(set(sys.modules) & {"docker", "pulumi", "pglast", "z3", "pydantic", "psycopg"}), file=sys.stderr)
"""


def test_the_list_of_commands_loads_none_of_them() -> None:
    done = subprocess.run([sys.executable, "-c", _LOADED], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == ""
    assert "Say what this host lacks" in done.stdout


_INTERRUPTED = """
import os, runpy, signal, sys
module, sys.argv[1:] = sys.argv[1], ["doctor"]
class Interrupt:
    def find_spec(self, name, *_):
        if name == module:
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Interrupt())
runpy.run_module("cli", run_name="__main__")
"""


def _interrupted_at_import_of(module: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([sys.executable, "-c", _INTERRUPTED, module], capture_output=True, text=True, check=False)


def test_ctrl_c_while_the_command_line_is_loaded_ends_it_without_a_word() -> None:
    ended = _interrupted_at_import_of("typer")
    assert (ended.returncode, ended.stderr) == (-signal.SIGINT, "")


def test_ctrl_c_while_a_command_is_loaded_exits_as_cancelled() -> None:
    ended = _interrupted_at_import_of("cli.commands.doctor")
    assert (ended.returncode, ended.stderr.partition("\n")[0]) == (
        Cancelled.exit_code,
        "error: Stopped before the end.",
    )


_HUNG_UP = """
import os, signal, sys
from cli.commands import doctor
from cli.main import main

def hang_up():
    os.kill(os.getpid(), signal.SIGHUP)
    sys.exit("it goes on")

signal.signal(signal.SIGHUP, getattr(signal, sys.argv[1]))
doctor.inspect_host, sys.argv[1:] = hang_up, ["doctor"]
main()
"""


@pytest.mark.parametrize(
    ("handler", "said"), [("SIG_DFL", "error: Stopped before the end."), ("SIG_IGN", "it goes on")]
)
def test_a_terminal_that_is_gone_stops_as_ctrl_c_does_unless_nohup_is_to_keep_it(handler: str, said: str) -> None:
    command = [sys.executable, "-c", _HUNG_UP, handler]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.stderr.partition("\n")[0] == said
