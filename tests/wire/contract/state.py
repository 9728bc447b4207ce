"""All that is kept, and what of it is no longer as it was."""

from pathlib import Path
from typing import Any

from django.apps import apps
from django.db import connection


def everything(files: Path) -> dict[str, Any]:
    """Every row of every table, and every file with its size and the time of its last change."""
    found: dict[str, Any] = {}
    with connection.cursor() as cursor:
        for model in apps.get_models():
            cursor.execute(f'SELECT * FROM "{model._meta.db_table}"')
            found[model.__name__] = frozenset(cursor.fetchall())
    for path in files.rglob("*"):
        if path.is_file():
            status = path.stat()
            found[str(path.relative_to(files))] = (status.st_size, status.st_mtime_ns)
    return found


def changes(files: Path, untouched: dict[str, Any]) -> set[str]:
    """Names of tables and files that are not as they were."""
    now = everything(files)
    return {name for name in now.keys() | untouched.keys() if now.get(name) != untouched.get(name)}
