"""Celery's side of inference."""

from celery import shared_task

from inference import retention

# Short of the time from one sweep to the next, and of what other short jobs would mind waiting.
MOST_SECONDS = 60.0


@shared_task
def sweep_predictions() -> None:
    """Every ten minutes: stored predictions, suggestions and tombstones that have outlived their time."""
    retention.sweep(MOST_SECONDS)
