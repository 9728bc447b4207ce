"""Django's own check of the settings as they are in production."""

import os
import subprocess
import sys
from pathlib import Path

from tests.live_install import ROOT


def test_check_deploy_finds_nothing(tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("DJANGO_")}
    environment |= {"SIGHTLINE_DATA": str(tmp_path), "SIGHTLINE_PUBLIC_URL": "https://sightline.example"}
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "no issues" in done.stdout
