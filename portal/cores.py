"""How many cores this process may use: its own share, not the machine's."""

import os
import sys
from pathlib import Path

CGROUP = Path("/sys/fs/cgroup")


def usable_cores() -> int:
    """The cores that it may run on, or fewer where a container's limit of CPU time is less; at least 1."""
    allowed = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
    limit = _container_limit()
    return max(1, allowed if limit is None else min(allowed, int(limit)))


def _container_limit() -> float | None:
    """CPU seconds a second that the control group grants, by version 2 or 1 of control groups."""
    try:
        quota, period = (CGROUP / "cpu.max").read_text().split()
    except (OSError, ValueError):
        try:
            quota = (CGROUP / "cpu" / "cpu.cfs_quota_us").read_text().strip()
            period = (CGROUP / "cpu" / "cpu.cfs_period_us").read_text().strip()
        except OSError:
            return None
    if not quota.isdigit() or not period.isdigit():  # "max", or -1
        return None
    return int(quota) / int(period)
