"""The HTML report in a real browser: it lays out, opens its evidence, and needs no network."""

import shutil
import subprocess
from pathlib import Path

import pytest

from cli.report import html
from infra.host.programs_of_tests import install_command
from tests.report.test_formats import FAILED

_PROBE = """
<script>addEventListener("load", () => {
  document.querySelector("button.cell").click();
  const out = {open: document.getElementById("evidence").open,
    rows: document.querySelectorAll("#evidence tbody tr").length,
    wide: document.documentElement.scrollWidth > innerWidth,
    background: getComputedStyle(document.body).backgroundColor,
    mark: getComputedStyle(document.querySelector("button.cell.leak"), "::after").content,
    requests: performance.getEntriesByType("resource").length};
  document.title = JSON.stringify(out);
});</script>
"""


def dumped(folder: Path, *flags: str) -> str:
    """The page's document after its scripts ran."""
    page = folder / "report.html"
    page.write_text(html.render(FAILED).replace("</body>", f"{_PROBE}</body>"))
    browser = shutil.which("chromium") or pytest.fail(install_command("chromium"))
    done = subprocess.run(
        [browser, "--headless=new", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder / 'profile'}",
         *flags, "--dump-dom", page.as_uri()],
        capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    return done.stdout


@pytest.mark.parametrize("size", ["1280,900", "500,900"])
def test_it_opens_its_evidence_and_fits_the_window(tmp_path: Path, size: str) -> None:
    document = dumped(tmp_path, f"--window-size={size}")
    assert '"open":true' in document
    assert '"rows":2' in document
    assert '"wide":false' in document
    assert '"requests":0' in document


def test_it_follows_the_reader_into_the_dark(tmp_path: Path) -> None:
    assert "rgb(13, 17, 23)" in dumped(tmp_path, "--blink-settings=preferredColorScheme=0")
    assert "rgb(255, 255, 255)" in dumped(tmp_path, "--blink-settings=preferredColorScheme=1")


def test_what_failed_is_said_beside_what_was_not_evaluated() -> None:
    page = html.render(FAILED)
    assert page.index(">failed</span>") < page.index(">not verified</span>")


def test_commands_of_a_fix_are_set_as_code_and_what_they_hold_is_escaped() -> None:
    page = html.render(FAILED)
    assert "<code>ALTER TABLE &lt;table&gt; FORCE ROW LEVEL SECURITY;</code>" in page


def test_a_cell_tells_its_state_without_colour(tmp_path: Path) -> None:
    assert '"mark":"\\"!\\""' in dumped(tmp_path)
