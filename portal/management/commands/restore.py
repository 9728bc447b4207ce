"""`manage.py restore FOLDER`: a backup into an install that has nothing yet."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from inference.spool_folder import spool_folder
from portal.backup.database import BackupFailed
from portal.backup.whole import restore
from portal.supervisor.bucket import ensure_bucket


class Command(BaseCommand):
    help = "Fill a new data folder (or a new database and storage) from what `backup` made."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, help="the backup")
        parser.add_argument("--data", help="folder for everything the install keeps (var/)")

    def handle(self, *args: Any, **options: Any) -> None:
        folder: Path = options["folder"].absolute()
        if not folder.is_dir():
            raise CommandError(f"There is no folder {folder}.")
        try:
            ensure_bucket()
            restore(folder, spool_folder(), self.stdout.write)
        except (BackupFailed, OSError) as error:
            raise CommandError(str(error)) from error
