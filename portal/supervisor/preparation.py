"""What an install needs before its processes start: tables, an administrator, resources, static files."""

import fcntl
import hashlib
import os
import secrets
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.management.commands.collectstatic import Command as CollectStatic
from django.core.management import call_command
from django.db import OperationalError, connection
from django.db.migrations.executor import MigrationExecutor

from portal.models import User
from portal.resources import create_default_resources
from portal.supervisor.bucket import ensure_bucket

ADMINISTRATOR = "admin"
MIGRATION_LOCK = 7_305_141  # any number that nothing else of ours uses
DATABASE_PATIENCE_SECONDS = 60.0


@dataclass(frozen=True)
class FirstAdministrator:
    """`password` only when it was made up just now: it is shown once."""

    name: str
    password: str | None


def wait_for_database() -> None:
    """A PostgreSQL beside us may still be starting. Raises OperationalError after a minute."""
    deadline = time.monotonic() + DATABASE_PATIENCE_SECONDS
    while True:
        try:
            connection.ensure_connection()
            return
        except OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(1)


def is_migrated() -> bool:
    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())


def prepare_install() -> FirstAdministrator:
    """Tables up to date, bucket, administrator and resources; of hosts that start together, one after the other."""
    with _one_host_at_a_time():
        migrate()
        ensure_bucket()
        administrator = ensure_administrator()
        ensure_resources()
    return administrator


def migrate() -> None:
    """Bring the tables up to date."""
    if not is_migrated():
        call_command("migrate", verbosity=0, interactive=False)


def wait_until_migrated(tell: Callable[[str], None]) -> None:
    """For hosts without the web role: the web role's host makes the tables."""
    told = False
    while not is_migrated():
        if not told:
            tell("Waiting for the tables, which a host with the web role makes.")
            told = True
        time.sleep(1)


@contextmanager
def _one_host_at_a_time() -> Iterator[None]:
    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [MIGRATION_LOCK])
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [MIGRATION_LOCK])


def ensure_administrator() -> FirstAdministrator:
    """Make the first administrator where there is none."""
    existing = User.objects.filter(is_superuser=True).order_by("date_joined").first()
    if existing is not None:
        return FirstAdministrator(existing.username, None)
    told = os.environ.get("SIGHTLINE_ADMIN_PASSWORD", "")
    password = told or secrets.token_urlsafe(12)
    User.objects.create_superuser(ADMINISTRATOR, password=password, must_change_password=not told)
    return FirstAdministrator(ADMINISTRATOR, None if told else password)


def ensure_resources() -> None:
    create_default_resources()


def ensure_static(tell: Callable[[str], None]) -> None:
    """Build the pages' scripts and styles where that is possible, and collect them under hashed names."""
    if not (settings.BASE_DIR / "static" / "dist").is_dir():
        _build_front_end(tell)
    sources = [settings.BASE_DIR / "static" / "dist", settings.BASE_DIR / "requirements.txt"]
    stamp = settings.STATIC_ROOT / ".collected"
    state = _state_of(sources)
    with _one_install_at_a_time():
        if stamp.exists() and stamp.read_text() == state:
            return
        settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
        call_command(CollectStatic(), interactive=False, clear=True, verbosity=0)
        stamp.write_text(state)


@contextmanager
def _one_install_at_a_time() -> Iterator[None]:
    """Several data folders may share this code, and start at once. A folder can be locked though it is read-only."""
    descriptor = os.open(settings.BASE_DIR, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _build_front_end(tell: Callable[[str], None]) -> None:
    npm = shutil.which("npm")
    if npm is None:
        tell("The portal's pages have no style yet: `./sightline up` builds them, or install Node 22 or newer.")
        return
    tell("Building the portal's pages.")
    for command in ([npm, "ci", "--no-audit", "--no-fund"], [npm, "run", "build"]):
        done = subprocess.run(command, cwd=settings.BASE_DIR, capture_output=True, text=True, check=False)
        if done.returncode:
            tell(f"`{' '.join(command)}` failed, the pages have no style: {done.stderr.strip()[-500:]}")
            return
    settings.STATICFILES_DIRS.append(settings.BASE_DIR / "static" / "dist")


def _state_of(paths: list[Path]) -> str:
    digest = hashlib.sha256()
    for path in paths:
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if file.is_file():
                digest.update(str(file.relative_to(settings.BASE_DIR)).encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()
