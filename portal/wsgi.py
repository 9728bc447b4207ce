"""The web process: the intake first, then the prediction front, then Django."""

import os
from pathlib import Path
from wsgiref.types import WSGIApplication

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

application: WSGIApplication = get_wsgi_application()
_root = Path(__file__).resolve().parent.parent
if (_root / "inference/front.py").exists():
    from inference.front import PredictionFront

    application = PredictionFront(application)
if (_root / "portal/intake").exists():
    from portal.intake import Intake

    application = Intake(application)
