"""The whole database at one moment, while others write: to a file and back."""

import os
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

from django.conf import settings
from django.db import connection

SQLITE_COPY = "database.sqlite"
POSTGRES_DUMP = "database.dump"


class BackupFailed(Exception):
    """The message is a sentence that says why."""


def dump(folder: Path) -> None:
    """Write the database into `folder`, in place of an earlier one. Raises BackupFailed."""
    name = SQLITE_COPY if connection.vendor == "sqlite" else POSTGRES_DUMP
    draft = folder / f"new-{name}"
    draft.unlink(missing_ok=True)
    if connection.vendor == "sqlite":
        original = settings.DATABASES["default"]["NAME"]
        with closing(sqlite3.connect(original, timeout=20)) as source, closing(sqlite3.connect(draft)) as copy:
            source.backup(copy)
    else:
        _run(["pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--file={draft}"])
    draft.chmod(0o600)
    draft.replace(folder / name)


def load(folder: Path) -> None:
    """Fill the empty database from `folder`, all or nothing. Raises BackupFailed."""
    name = SQLITE_COPY if connection.vendor == "sqlite" else POSTGRES_DUMP
    source = folder / name
    if not source.is_file():
        raise BackupFailed(f"{folder} has no {name}: it is no backup of this kind of database.")
    if connection.introspection.table_names():
        raise BackupFailed("The database is not empty. Restore into a new data folder, or a new database.")
    connection.close()
    if connection.vendor == "sqlite":
        target = Path(settings.DATABASES["default"]["NAME"])
        draft = target.with_name(f"new-{target.name}")
        shutil.copyfile(source, draft)
        draft.chmod(0o600)
        for left in (target, *(target.with_name(f"{target.name}{end}") for end in ("-wal", "-shm"))):
            left.unlink(missing_ok=True)
        draft.replace(target)
    else:
        _run(["pg_restore", "--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction", str(source)])


def _run(command: list[str]) -> None:
    """One of PostgreSQL's programs, on the database of the settings; the password is in its environment alone."""
    from psycopg.conninfo import make_conninfo  # SQLite has no use for it
    from psycopg.pq import Conninfo

    known = {option.keyword.decode() for option in Conninfo.get_defaults()}
    told = {name: value for name, value in connection.get_connection_params().items() if name in known}
    password = str(told.pop("password", ""))
    environment = {**os.environ, "PGPASSWORD": password} if password else dict(os.environ)
    words = [*command, f"--dbname={make_conninfo(**told)}"]
    try:
        done = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        raise BackupFailed(
            f"{command[0]} is not installed. It comes with PostgreSQL's client (Debian: postgresql-client), of the"
            " server's version or newer."
        ) from error
    if done.returncode:
        raise BackupFailed(f"{command[0]} failed: {done.stderr.strip()[-1000:]}")
