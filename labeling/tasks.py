"""Celery's side of labeling."""

from celery import shared_task

from labeling import orphans


@shared_task
def sweep_orphan_files() -> None:
    orphans.sweep_orphan_files()
    orphans.sweep_upload_folders()
