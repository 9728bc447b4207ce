"""Nightly cleaning of rows that nobody will ask for."""

from datetime import timedelta

from celery import shared_task
from django.core.management import call_command
from django.utils import timezone

from portal.models import ProcessHeartbeat

FORGOTTEN_AFTER = timedelta(days=1)


@shared_task
def forget_old_rows() -> None:
    """Heartbeats of hosts that are gone, and sessions that have run out."""
    ProcessHeartbeat.objects.filter(last_seen__lt=timezone.now() - FORGOTTEN_AFTER).delete()
    call_command("clearsessions")
