"""`manage.py up`: runs a whole install, or some of its roles."""

import os
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from labeling.orphans import sweep_upload_folders
from portal.cores import usable_cores
from portal.supervisor import preparation, valkey
from portal.supervisor.address import Address, is_port_free
from portal.supervisor.install_lock import AlreadyRunning, InstallLock
from portal.supervisor.orphans import MARK, end_orphans, mark_of
from portal.supervisor.plans import ROLES, PlanContext, broker_plan, plans_for
from portal.supervisor.ready_block import ready_block
from portal.supervisor.supervisor import NotReady, Supervisor
from portal.supervisor.tls import BadCertificate, TlsFiles, prepare_tls


class Command(BaseCommand):
    help = "Run Sightline: web, workers, beat, ingester and, unless BROKER_URL is set, an embedded Valkey."
    requires_system_checks = ()  # they would load every view, 60 MB of them

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on (127.0.0.1)")
        parser.add_argument("--port", type=int, default=8000, help="port to listen on (8000)")
        parser.add_argument("--data", help="folder for everything the install keeps (var/)")
        parser.add_argument("--only", action="append", choices=ROLES, help="run this role alone; can be repeated")
        parser.add_argument("--tls-cert", type=Path, help="PEM certificate, to serve HTTPS directly")
        parser.add_argument("--tls-key", type=Path, help="its PEM key")
        parser.add_argument("--show-logs", action="store_true", help="print every process's log lines as well")

    def handle(self, *args: Any, **options: Any) -> None:
        started = time.monotonic()
        run_folder: Path = settings.DATA_DIR / "run"
        run_folder.mkdir(mode=0o700, exist_ok=True)
        roles = options["only"] or ROLES
        address = Address(options["host"], options["port"], is_tls=options["tls_cert"] is not None)
        tls = self._tls(options, run_folder)
        lock_name = "-".join(sorted(set(options["only"]))) if options["only"] else "all"
        self._take_lock(run_folder, lock_name)
        mark = mark_of(settings.DATA_DIR, lock_name)
        ended = end_orphans(mark)
        if ended:
            self._tell(f"Ended {ended} processes that an earlier run had left behind.")
        if "web" in roles and not is_port_free(address):
            raise CommandError(f"Port {address.port} on {address.host} is in use: stop what uses it, or give --port.")
        if options["only"] and not os.environ.get("BROKER_URL"):
            raise CommandError("--only needs BROKER_URL: the roles meet at one broker and one database.")

        public_url = os.environ.get("SIGHTLINE_PUBLIC_URL") or address.public_url
        if "web" in roles:
            settings.ENDPOINT_FILE.write_text(public_url + "\n")
            settings.LISTENING_FILE.write_text(address.local_url + "\n")
        administrator = self._prepare(roles)
        environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "portal.settings",
            "SIGHTLINE_DATA": str(settings.DATA_DIR),
            "SIGHTLINE_PUBLIC_URL": public_url,
            "PYTHONUNBUFFERED": "1",
            "PYTHONPATH": str(settings.BASE_DIR),
            MARK: mark,
        }
        # From here on this process writes only heartbeat look-ups; the children open connections of their own.
        connection.close()
        supervisor = Supervisor(settings.DATA_DIR / "logs", self._tell, shows_logs=options["show_logs"])
        supervisor.listen_for_signals()
        try:
            environment["BROKER_URL"] = self._broker(supervisor, environment, run_folder)
            context = PlanContext(address, tls, environment, usable_cores())
            supervisor.start(plans_for(roles, context))
            supervisor.wait_until_healthy()
            if not supervisor.is_stopping:
                elapsed_seconds = time.monotonic() - started
                self._tell(ready_block(roles, public_url, administrator, elapsed_seconds))
                supervisor.watch()
        except NotReady as error:
            raise CommandError(str(error)) from error
        finally:
            self._tell("Stopping.")
            killed = supervisor.stop()
            self._tell(f"Stopped; had to kill {', '.join(killed)}." if killed else "Stopped.")

    def _tell(self, message: str) -> None:
        self.stdout.write(message)
        self.stdout.flush()

    def _tls(self, options: dict[str, Any], run_folder: Path) -> TlsFiles | None:
        certificate, key = options["tls_cert"], options["tls_key"]
        if (certificate is None) != (key is None):
            raise CommandError("--tls-cert and --tls-key go together.")
        if certificate is None:
            return None
        try:
            return prepare_tls(certificate, key, run_folder)
        except BadCertificate as error:
            raise CommandError(str(error)) from error

    def _take_lock(self, run_folder: Path, name: str) -> None:
        self._lock = InstallLock(run_folder, name)
        try:
            self._lock.take()
        except AlreadyRunning as error:
            where = settings.ENDPOINT_FILE.read_text().strip() if settings.ENDPOINT_FILE.exists() else "starting"
            raise CommandError(
                f"Sightline already runs on {settings.DATA_DIR} (process {error.pid}, {where})."
                " Stop it first, or give this one another --data and --port."
            ) from error

    def _prepare(self, roles: list[str] | tuple[str, ...]) -> preparation.FirstAdministrator | None:
        preparation.wait_for_database()
        if "web" not in roles:
            preparation.wait_until_migrated(self._tell)
            return None
        administrator = preparation.prepare_install()
        sweep_upload_folders()  # the nightly sweep is another host's, where the short jobs run
        preparation.ensure_static(self._tell)
        return administrator

    def _broker(self, supervisor: Supervisor, environment: dict[str, str], run_folder: Path) -> str:
        """The broker that was told, or one of our own, started and answering."""
        told = os.environ.get("BROKER_URL")
        if told:
            settings.EMBEDDED_BROKER_FILE.unlink(missing_ok=True)
            return told
        try:
            binary = valkey.find_binary()
        except valkey.NoValkey as error:
            raise CommandError(str(error)) from error
        socket_path = valkey.choose_socket_path(run_folder)
        supervisor.start([broker_plan(binary, socket_path, settings.DATA_DIR / "valkey", environment)])
        supervisor.wait_until_healthy()
        url = valkey.broker_url(socket_path)
        settings.EMBEDDED_BROKER_FILE.write_text(url + "\n")
        return url
