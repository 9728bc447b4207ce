"""Processes that a killed supervisor left behind."""

import os
from collections.abc import Callable
from pathlib import Path

import psutil

MARK = "SIGHTLINE_SUPERVISED_BY"
PATIENCE_SECONDS = 5.0


def mark_of(data_folder: Path, lock_name: str) -> str:
    """What every process of this supervisor carries in its environment."""
    return f"{lock_name}:{data_folder}"


def end_orphans(mark: str) -> int:
    """End every process that carries the mark. Call it while holding the install's lock. Returns how many."""
    orphans = [process for process in psutil.process_iter() if _carries(process, mark)]
    for process in orphans:
        _quietly(process.terminate)
    _, alive = psutil.wait_procs(orphans, PATIENCE_SECONDS)
    for process in alive:
        _quietly(process.kill)
    psutil.wait_procs(alive, PATIENCE_SECONDS)
    return len(orphans)


def _carries(process: psutil.Process, mark: str) -> bool:
    try:
        return process.pid != os.getpid() and process.environ().get(MARK) == mark
    except (psutil.Error, OSError):
        return False


def _quietly(act: Callable[[], object]) -> None:
    try:
        act()
    except psutil.Error:
        pass
