"""granian, with the application loaded before it forks its workers. Takes granian's own arguments.

What the workers loaded together they share, and one that died is back at once. So nothing may start a thread or open
a connection while it is imported.
"""

import ctypes
import gc
import multiprocessing
import os
import resource
import signal
import sys
from importlib import import_module

OPEN_FILES = 8192
PR_SET_PDEATHSIG = 1


def load() -> None:
    """Import all that a worker needs, and keep the garbage collector from touching what is shared."""
    import_module("portal.wsgi")
    import_module("portal.urls")
    gc.collect()
    gc.freeze()


def main() -> None:
    from granian.cli import entrypoint

    load()
    _allow_open_files()
    if sys.platform == "linux":
        multiprocessing.set_start_method("fork")
        _tie_workers_to_this_process()
    entrypoint()  # type: ignore[no-untyped-call]


def _tie_workers_to_this_process() -> None:
    """Workers end when this process is killed: they would go on to hold the port."""
    libc = ctypes.CDLL(None)
    os.register_at_fork(after_in_child=lambda: libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL))


def _allow_open_files() -> None:
    """A socket, and three files of SQLite, for each thread: more than the 1,024 that are usual."""
    allowed, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = OPEN_FILES if most == resource.RLIM_INFINITY else min(OPEN_FILES, most)
    if resource.RLIM_INFINITY != allowed < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))


if __name__ == "__main__":
    main()
