"""The product's settings on a throw-away data folder."""

import atexit
import os
import shutil
import tempfile

_data = tempfile.mkdtemp(prefix="sightline-tests-")
atexit.register(shutil.rmtree, _data, ignore_errors=True)
os.environ["SIGHTLINE_DATA"] = _data
os.environ.pop("SIGHTLINE_PUBLIC_URL", None)
os.environ.pop("SIGHTLINE_STORAGE", None)

from portal.settings import *  # noqa: E402, F403
from portal.settings import DATA_DIR, DATABASES, STORAGES  # noqa: E402

# A file, not memory: threads of one test each need a connection of their own, as in the product.
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["TEST"] = {"NAME": str(DATA_DIR / "test.db")}
else:
    DATABASES["default"]["CONN_MAX_AGE"] = 0

STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
STATIC_ROOT = DATA_DIR / "static"
STATIC_ROOT.mkdir(exist_ok=True)
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
CELERY_BROKER_URL = "memory://"
