"""Programs that only the project's own tests need: a browser for the HTML report, a static busybox for tiny images, and
`sshd`, which the tests start on ports of their own and which the installation does not start."""

import os
import shutil
from collections.abc import Mapping

from infra.host.mend import install
from infra.host.progress import Progress
from infra.model.errors import PrerequisiteMissing

PACKAGES: Mapping[str, str] = {"chromium": "chromium", "busybox": "busybox-static", "/usr/sbin/sshd": "openssh-server"}
"""Program -> Debian's package of it."""


def ensure_test_programs(progress: Progress) -> None:
    """Install what is missing, as root on Debian; raises PrerequisiteMissing with the command otherwise."""
    missing = [package for program, package in PACKAGES.items() if shutil.which(program) is None]
    if not missing:
        return
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise PrerequisiteMissing(f"The tests need {', '.join(missing)}.", f"As root: {install_command(*missing)}")
    install(missing, progress)


def install_command(*packages: str) -> str:
    """What somebody types to have them."""
    return f"apt-get update && apt-get install --yes {' '.join(packages)}"
