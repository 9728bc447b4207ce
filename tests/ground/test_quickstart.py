"""The README's quickstart, run as it stands."""

import json
import subprocess
import sys
from pathlib import Path

from tests.live_install import ROOT, LiveInstall, keys, own_environment

SCRIPTS = ROOT / "docs" / "quickstart"


def run(*arguments: str, folder: Path) -> str:
    answer = subprocess.run(
        [sys.executable, *arguments], cwd=folder, env=own_environment(), capture_output=True, text=True, timeout=280
    )
    assert answer.returncode == 0, answer.stdout + answer.stderr
    return answer.stdout


def test_from_nothing_to_a_prediction(live_install: LiveInstall, tmp_path: Path) -> None:
    (tmp_path / "keys.json").write_text(json.dumps(keys(live_install.data, live_install.environment)))
    run(str(SCRIPTS / "make_sample_images.py"), "samples", folder=tmp_path)
    output = run(str(SCRIPTS / "classify.py"), "samples", folder=tmp_path)
    answers = dict(line.split(": ", 1) for line in output.splitlines() if ".jpg: " in line)
    assert {name: words.split()[0] for name, words in answers.items()} == {
        "circles.jpg": "circles",
        "stripes.jpg": "stripes",
        "triangles.jpg": "triangles",
    }


def test_the_readme_names_the_files_and_commands_that_exist() -> None:
    readme = (ROOT / "README.md").read_text()
    for command in (
        "./sightline up",
        "./sightline keys --json > keys.json",
        "client/bin/python docs/quickstart/make_sample_images.py samples",
        "client/bin/python docs/quickstart/classify.py samples",
    ):
        assert command in readme
