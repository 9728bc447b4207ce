"""The Celery application: queues `short`, `training` and `reaper`."""

import os

from celery import Celery

from portal.health import worker_signals
from portal.jobs import reaper_clock

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

app = Celery("sightline")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.set_default()  # also for threads that did not make it, such as the web server's
app.autodiscover_tasks(["portal.jobs", "portal.health", "labeling", "training", "inference"])
worker_signals.connect(app)
reaper_clock.connect(app)
