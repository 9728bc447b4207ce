"""A process in what a container of docker-compose.yml would give it, by Linux namespaces: for root alone.

Its own host name, a root that cannot be written, a fresh /tmp, its data folder, user 10001, no capability.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from tests.live_install import ROOT

USER = 10001
APP = Path("/mnt/app")
# 1 host name, 2 repository, 3 data folder, 4 where that is seen, 5 Python, 6 the folder that hides Python or nothing
SCRIPT = f"""
set -e
mount --make-rprivate /
mount -t tmpfs -o mode=755,size=1m tmpfs /mnt
mkdir /mnt/app /mnt/python "$4"
mount --bind "$2" {APP}
mount --bind "$3" "$4"
mount --bind "$5" /mnt/python
if [ -n "$6" ]; then
  mount -t tmpfs -o mode=755,size=1m tmpfs "$6"
  mkdir -p "$5"
  mount --bind /mnt/python "$5"
  mount -o remount,ro "$6"
fi
mount -o remount,bind,ro {APP}
mount -o remount,bind,ro /
mount -o remount,ro /mnt
mount -t tmpfs -o mode=1777,size=64m tmpfs /tmp
hostname "$1"
cd {APP}
shift 6
exec setpriv --reuid {USER} --regid {USER} --clear-groups --inh-caps=-all --bounding-set=-all --no-new-privs -- "$@"
"""


@cache
def can_jail() -> bool:
    """Whether this machine lets us: root, with util-linux at hand and namespaces allowed."""
    if os.geteuid() != 0 or not all(map(shutil.which, ("unshare", "setpriv", "nsenter"))):
        return False
    return subprocess.run(["unshare", "--uts", "--mount", "true"], capture_output=True).returncode == 0


def seen_folder(host: str) -> Path:
    """Where that host sees its data folder."""
    return Path("/mnt") / host


def jailed(command: Sequence[str], host: str, data: Path) -> list[str]:
    """The command as that host runs it; its program is found in this virtual environment."""
    os.chown(data, USER, USER)
    python = Path(sys.base_prefix)
    arguments = [host, str(ROOT), str(data), str(seen_folder(host)), str(python), str(_hiding(python) or "")]
    return ["unshare", "--uts", "--mount", "sh", "-c", SCRIPT, "jail", *arguments, *command]


def inside(process_id: int, command: Sequence[str]) -> list[str]:
    """The command beside a running process, as `docker exec` would run it."""
    enter = ["nsenter", "--target", str(process_id), "--uts", "--mount", "sh", "-c", f'cd {APP} && exec "$@"', "sh"]
    return [*enter, "setpriv", "--reuid", str(USER), "--regid", str(USER), "--clear-groups", "--", *command]


def python_inside() -> str:
    """This virtual environment's Python, as it is seen in there."""
    return str(inside_path(Path(sys.prefix)) / "bin" / "python")


def inside_path(path: Path) -> Path:
    """Where something of the repository is seen in there."""
    return APP / path.relative_to(ROOT)


def _hiding(path: Path) -> Path | None:
    """The topmost folder on the way there that others may not enter."""
    for folder in reversed([path, *path.parents]):
        if not folder.stat().st_mode & 0o001:
            return folder
    return None
