"""granian, with the application loaded before it forks its workers. Takes granian's own arguments.

What the workers loaded together they share, and one that died is back at once. So nothing may start a thread or open
a connection while it is imported.
"""

import gc
import multiprocessing
import resource
import sys
from importlib import import_module

OPEN_FILES = 8192


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
    entrypoint()  # type: ignore[no-untyped-call]


def _allow_open_files() -> None:
    """A socket, and three files of SQLite, for each thread: more than the 1,024 that are usual."""
    allowed, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = OPEN_FILES if most == resource.RLIM_INFINITY else min(OPEN_FILES, most)
    if resource.RLIM_INFINITY != allowed < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))


if __name__ == "__main__":
    main()
