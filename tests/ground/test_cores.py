"""How many cores a process takes for its own."""

import os
from pathlib import Path

import pytest

from portal import cores

PATHS = {"limit": "cpu.max", "quota": "cpu/cpu.cfs_quota_us", "period": "cpu/cpu.cfs_period_us"}


def usable(monkeypatch: pytest.MonkeyPatch, folder: Path, **files: str) -> int:
    """On eight cores, with these files in the control group's folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "cpu").mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / PATHS[name]).write_text(text)
    monkeypatch.setattr(cores, "CGROUP", folder)
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(8)))
    return cores.usable_cores()


def test_without_a_limit_all_that_it_may_run_on(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert usable(monkeypatch, tmp_path / "none") == 8
    assert usable(monkeypatch, tmp_path / "two", limit="max 100000\n") == 8
    assert usable(monkeypatch, tmp_path / "one", quota="-1\n", period="100000\n") == 8


@pytest.mark.parametrize(("quota", "expected"), [(50_000, 1), (200_000, 2), (250_000, 2), (1_600_000, 8)])
def test_a_container_has_no_more_than_its_limit(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, quota: int, expected: int
) -> None:
    assert usable(monkeypatch, tmp_path / "two", limit=f"{quota} 100000\n") == expected
    assert usable(monkeypatch, tmp_path / "one", quota=f"{quota}\n", period="100000\n") == expected
