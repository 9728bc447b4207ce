"""The web process: the intake first, then the prediction front, then Django."""

import os
from wsgiref.types import WSGIApplication

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

_django = get_wsgi_application()

# These read settings and models, which are there only once Django is.
from inference.front import PredictionFront  # noqa: E402
from portal.intake import Intake  # noqa: E402

application: WSGIApplication = Intake(PredictionFront(_django))
