"""What beat rings for, and when. Plain data: the settings import it."""

from typing import Any

from celery.schedules import crontab

NIGHTLY = crontab(hour=3, minute=30)
SCHEDULE: dict[str, Any] = {
    "sweep orphan files": {
        "task": "portal.jobs.tasks.sweep_nightly",
        "schedule": NIGHTLY,
        "options": {"queue": "short", "expires": 3600},
    },
    "sweep predictions": {
        "task": "inference.tasks.sweep_predictions",
        "schedule": crontab(minute="*/10"),
        "options": {"queue": "short", "expires": 600},
    },
    "forget old rows": {
        "task": "portal.health.tasks.forget_old_rows",
        "schedule": NIGHTLY,
        "options": {"queue": "short"},
    },
}
