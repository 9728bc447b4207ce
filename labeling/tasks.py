"""Celery's side of labeling."""

from celery import shared_task

from labeling import orphans
from labeling.edits import forget_applied_edits


@shared_task
def sweep_orphan_files() -> None:
    """Nightly: what nobody will ask for any more."""
    orphans.sweep_orphan_files()
    orphans.sweep_upload_folders()
    forget_applied_edits()
