"""`manage.py backup FOLDER`: the whole install into a folder, while it runs."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from inference.spool_folder import spool_folder
from portal.backup.database import BackupFailed
from portal.backup.whole import back_up, back_up_spool


class Command(BaseCommand):
    help = "Copy database, files, spool and secret key into a folder, whether Sightline runs or not."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, help="where to; one of an earlier backup gets what is new")
        parser.add_argument("--data", help="folder for everything the install keeps (var/)")
        parser.add_argument("--only-spool", action="store_true", help="this host's spool alone, for a second web host")

    def handle(self, *args: Any, **options: Any) -> None:
        folder: Path = options["folder"].absolute()
        if Path(settings.SIGHTLINE_STORAGE) in (folder, *folder.parents):
            raise CommandError("The backup would lie among the stored files themselves: give a folder elsewhere.")
        try:
            if not connection.introspection.table_names():
                raise CommandError(f"No install in {settings.DATA_DIR} yet, or give --data.")
            if options["only_spool"]:
                back_up_spool(folder, spool_folder())
            else:
                back_up(folder, spool_folder(), self.stdout.write)
        except (BackupFailed, OSError) as error:
            raise CommandError(str(error)) from error
