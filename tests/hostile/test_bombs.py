"""Files made to fill the memory or to keep a core busy: each is taken or refused within 300 MB and 2 s.

On a machine slower than the one that the 2 s were set on, by as much more.
"""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.hostile.bombs import BOMBS
from tests.hostile.odd_file import OddFile
from tests.live_install import ROOT
from tests.machine_speed import slowness

MOST_MEGABYTES = 300
MOST_SECONDS = 2.0  # of the processor: others may be at work on it


def test_some_bombs_take_no_more_than_300_mb_or_2_s(tmp_path: Path) -> None:
    defuse(BOMBS[1::4], tmp_path)


@pytest.mark.slow
def test_no_bomb_takes_more_than_300_mb_or_2_s(tmp_path: Path) -> None:
    defuse(BOMBS, tmp_path)


def defuse(bombs: Sequence[OddFile], tmp_path: Path) -> None:
    for number, bomb in enumerate(bombs):
        (tmp_path / f"{number:02}").write_bytes(bomb.make())
    command = [sys.executable, "-m", "tests.hostile.cost", str(tmp_path)]
    slowness_before = slowness()
    lines = subprocess.check_output(command, cwd=ROOT, text=True).splitlines()
    assert len(lines) == 2 * len(bombs)
    most_seconds = MOST_SECONDS * max(slowness_before, slowness())
    wrong = []
    for line in lines:
        told = json.loads(line)
        bomb = bombs[int(told["file"])]
        told["file"] = bomb.name
        print(told)  # the figures, for who runs this with -s
        if told["verdict"] != bomb.verdict or told["megabytes"] > MOST_MEGABYTES or told["seconds"] > most_seconds:
            wrong.append(told)
    assert wrong == []
