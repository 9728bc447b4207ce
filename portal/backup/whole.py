"""A backup of the whole install, right while it runs, and the way back.

The order makes it right. The spool comes before the database: what has left it by then is in the database. The
files come before and after it: the first copy may take hours, the second adds what was stored meanwhile, so that
every row's files are there. What was deleted meanwhile is a file too many, which the nightly sweep removes.
"""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from django.conf import settings

from portal.backup.database import dump, load
from portal.backup.stored_files import copy_in, copy_out, make_folder, write_whole
from portal.health.host_name import hostname
from portal.models import ProcessHeartbeat

FILES, SPOOLS, SECRET = "files", "spools", "secret_key"


def back_up(folder: Path, spool: Path, tell: Callable[[str], None]) -> None:
    """Into `folder`, which may hold an earlier backup: its files stay. Raises BackupFailed, OSError."""
    make_folder(folder)
    back_up_spool(folder, spool)
    count = copy_out(folder / FILES)
    secret = settings.DATA_DIR / SECRET
    if os.environ.get("SIGHTLINE_SECRET_KEY"):
        tell("SIGHTLINE_SECRET_KEY is not in the backup: keep it elsewhere. Without it no key can be shown or checked.")
    else:
        write_whole(folder / SECRET, lambda file: file.write(secret.read_bytes()))
    dump(folder)
    count += copy_out(folder / FILES)
    tell(f"Backed up to {folder}: the database and {count} new files.")


def back_up_spool(folder: Path, spool: Path) -> None:
    """This host's predictions on their way into the database, in place of those of its last backup."""
    target = folder / SPOOLS / hostname()
    shutil.rmtree(target, ignore_errors=True)
    make_folder(target)
    for segment in sorted(spool.glob("*.segment")):
        try:
            content = segment.read_bytes()
        except FileNotFoundError:  # it is in the database by now
            continue
        write_whole(target / segment.name, lambda file, content=content: file.write(content))


def restore(folder: Path, spool: Path, tell: Callable[[str], None]) -> None:
    """Into an empty install; cut off, it can be repeated. Raises BackupFailed, OSError."""
    count = copy_in(folder / FILES)
    make_folder(spool)
    for segment in sorted((folder / SPOOLS).glob("*/*.segment")):
        content = segment.read_bytes()
        write_whole(spool / segment.name, lambda file, content=content: file.write(content))
    secret = folder / SECRET
    if secret.is_file() and not os.environ.get("SIGHTLINE_SECRET_KEY"):
        write_whole(settings.DATA_DIR / SECRET, lambda file: file.write(secret.read_bytes()))
    load(folder)
    ProcessHeartbeat.objects.all().delete()  # those of the processes elsewhere
    tell(f"Restored from {folder}: the database and {count} files. `./sightline up` starts it.")
