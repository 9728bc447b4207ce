"""The web process: body spooling first, then the prediction front, then Django."""

import os
from pathlib import Path

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

application = get_wsgi_application()
_root = Path(__file__).resolve().parent.parent
if (_root / "inference/front.py").exists() and (_root / "portal/intake.py").exists():
    from inference.front import PredictionFront
    from portal.intake import Intake

    application = Intake(PredictionFront(application))
