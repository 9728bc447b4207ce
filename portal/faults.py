"""What a fault of the server's means, for whoever made the call: as much as can be told of it."""

import errno
import sqlite3

from django.db import InterfaceError, OperationalError

ANY_FAULT = "Something went wrong on the server. Try again; its log has the details."
DISK_FULL = "The server's disk is full, so nothing can be kept. Make room there, then try again."
DATABASE_AWAY = "The server's database cannot be used at the moment. Try again; the server's log has the details."
STORAGE_AWAY = "The server's file storage cannot be used at the moment. Try again; the server's log has the details."
FULL = (errno.ENOSPC, errno.EDQUOT)
STORAGE_LIBRARIES = ("botocore", "boto3", "s3transfer")


def fault_words(error: BaseException | None) -> str:
    """One or two sentences: what happened, what to do."""
    if error is None:
        return ANY_FAULT
    if _is_disk_full(error):
        return DISK_FULL
    if isinstance(error, OperationalError | InterfaceError):
        return DATABASE_AWAY
    if type(error).__module__.partition(".")[0] in STORAGE_LIBRARIES:
        return STORAGE_AWAY
    return ANY_FAULT


def _is_disk_full(error: BaseException) -> bool:
    cause = error.__cause__
    if isinstance(cause, sqlite3.OperationalError):
        return cause.sqlite_errorcode in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_WRITE)
    return isinstance(error, OSError) and error.errno in FULL
