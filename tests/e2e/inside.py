"""A script of ours run as the install itself, beside its own processes."""

import subprocess
import sys
from typing import TYPE_CHECKING

from tests.live_install import ROOT

if TYPE_CHECKING:
    from tests.live_install import LiveInstall


def run_inside(install: "LiveInstall", script: str, *arguments: str) -> list[str]:
    """The words that the script, a file of this folder, printed."""
    environment = {**install.environment, "SIGHTLINE_DATA": str(install.data)}
    return subprocess.check_output([sys.executable, script, *arguments], cwd=ROOT, env=environment, text=True).split()
