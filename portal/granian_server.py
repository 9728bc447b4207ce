"""granian, with the application loaded before it forks its workers. Takes granian's own arguments.

What the workers loaded together they share, and one that died is back at once. So nothing may start a thread or open
a connection while it is imported.
"""

import gc
import multiprocessing
import sys
from importlib import import_module


def load() -> None:
    """Import all that a worker needs, and keep the garbage collector from touching what is shared."""
    import_module("portal.wsgi")
    import_module("portal.urls")
    gc.collect()
    gc.freeze()


def main() -> None:
    from granian.cli import entrypoint

    load()
    if sys.platform == "linux":
        multiprocessing.set_start_method("fork")
    entrypoint()  # type: ignore[no-untyped-call]


if __name__ == "__main__":
    main()
