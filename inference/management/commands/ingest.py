"""`manage.py ingest`: the ingester beside a host's web processes."""

import logging
import signal
import threading
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.db import close_old_connections

from inference.ingesting import ingest_waiting
from inference.spool_folder import spool_folder
from portal.health.heartbeats import Heartbeat, SignOfLife

logger = logging.getLogger(__name__)

POLL_SECONDS = 0.2
LONGEST_PAUSE_SECONDS = 10.0


class Command(BaseCommand):
    help = "Moves stored predictions from this host's spool into storage and database, until it is told to stop."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="Ingest what waits and end.")
        parser.add_argument("--data", help="The data folder (SIGHTLINE_DATA).")

    def handle(self, *args: Any, **options: Any) -> None:
        folder = spool_folder()
        if options["once"]:
            ingest_waiting(folder)
            return
        stop = threading.Event()
        for signal_number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(signal_number, lambda *_: stop.set())
        alive = SignOfLife(patience_seconds=60)
        heartbeat = Heartbeat("ingester", alive.is_fresh).start()
        pause = POLL_SECONDS
        while not stop.wait(pause):
            alive.renew()
            try:
                close_old_connections()
                ingest_waiting(folder)
            except Exception:  # storage or database away: the spool keeps everything until they are back
                logger.exception("the spool could not be ingested; trying again")
                pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
            else:
                pause = POLL_SECONDS
        heartbeat.stop()
