"""Settings of every process: from the environment, and from the data folder for what was made there once."""

import os
import socket
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ

from portal.schedule import SCHEDULE
from portal.secret_file import secret_made_once
from portal.storage_address import storage_record
from portal.wire.openapi import SPECTACULAR_SETTINGS as _SPECTACULAR_SETTINGS

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

# --- the data folder -------------------------------------------------------------------------------------------------

DATA_DIR = Path(env.str("SIGHTLINE_DATA", default=str(BASE_DIR / "var"))).expanduser().resolve()
SIGHTLINE_DATA = str(DATA_DIR)
DATA_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)

SECRET_KEY = env.str("SIGHTLINE_SECRET_KEY", default="") or secret_made_once(DATA_DIR / "secret_key")
SECRET_KEY_FALLBACKS = env.list("SIGHTLINE_SECRET_KEY_FALLBACKS", default=[])

# --- Sightline's own -------------------------------------------------------------------------------------------------

ENDPOINT_FILE = DATA_DIR / "endpoint"
LISTENING_FILE = DATA_DIR / "run" / "listening"  # for this host's own health check


def _public_url() -> str:
    """The address that absolute URLs are made from: told, or remembered from the last start."""
    told = env.str("SIGHTLINE_PUBLIC_URL", default="")
    if not told and ENDPOINT_FILE.exists():
        told = ENDPOINT_FILE.read_text().strip()
    return (told or "http://127.0.0.1:8000").rstrip("/")


SIGHTLINE_PUBLIC_URL = _public_url()
SIGHTLINE_TRUSTED_PROXIES = env.list("SIGHTLINE_TRUSTED_PROXIES", default=[])
SIGHTLINE_ALLOW_PRIVATE_URLS = env.bool("SIGHTLINE_ALLOW_PRIVATE_URLS", default=False)
SIGHTLINE_STORE_SYNC = env.bool("SIGHTLINE_STORE_SYNC", default=False)
SIGHTLINE_PREDICTION_DAYS = env.int("SIGHTLINE_PREDICTION_DAYS", default=30)  # 0: for ever
SIGHTLINE_WEIGHTS = env.str("SIGHTLINE_WEIGHTS", default="")
SIGHTLINE_TIER = env.str("SIGHTLINE_TIER", default="none")  # S0, F0 or none (portal.limits)

# --- Django ----------------------------------------------------------------------------------------------------------

DEBUG = False
_public = urlsplit(SIGHTLINE_PUBLIC_URL)
ALLOWED_HOSTS = [
    *env.list("SIGHTLINE_ALLOWED_HOSTS", default=[]),
    _public.hostname or "localhost",
    "localhost",
    "127.0.0.1",
    "[::1]",
    socket.gethostname().lower(),
]
CSRF_TRUSTED_ORIGINS = [f"{_public.scheme}://{_public.netloc}"]

INSTALLED_APPS = [
    "portal",
    "labeling",
    "training",
    "inference",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "drf_spectacular",
    "axes",
]
MIDDLEWARE = [
    "portal.pages.trusted_proxies.TrustedProxiesMiddleware",
    "portal.pages.security_headers.SecurityHeadersMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "portal.urls"
WSGI_APPLICATION = "portal.wsgi.application"
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": False,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "portal.pages.context.shell",
            ],
        },
    }
]
CSRF_FAILURE_VIEW = "portal.pages.access.csrf_refused"
APPEND_SLASH = False  # the API's paths have none, and a redirect would drop a POST's body
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LANGUAGE_CODE = "en-us"
USE_I18N = False
TIME_ZONE = "UTC"
USE_TZ = True
DATA_UPLOAD_MAX_MEMORY_SIZE = 16 * 1024 * 1024  # forms only; image bodies are streamed

# --- database --------------------------------------------------------------------------------------------------------

SQLITE_FILE = DATA_DIR / "sightline.db"
DATABASES: dict[str, Any] = {"default": env.db("DATABASE_URL", default=f"sqlite:///{SQLITE_FILE}")}
_database = DATABASES["default"]
_database["ATOMIC_REQUESTS"] = False  # with immediate SQLite transactions every GET would take the write lock
if _database["ENGINE"] == "django.db.backends.sqlite3":
    _database["CONN_MAX_AGE"] = 600
    _database["OPTIONS"] = {
        # A deferred transaction that later wants to write fails at once with "database is locked".
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": (
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA temp_store=MEMORY;"
            " PRAGMA mmap_size=134217728; PRAGMA journal_size_limit=67108864;"
        ),
    }
else:
    # The web process has more threads than PostgreSQL has connections; the supervisor gives it a pool.
    _pool_size = env.int("SIGHTLINE_DATABASE_POOL", default=0)
    if _pool_size:
        _pool = {"min_size": 1, "max_size": _pool_size, "timeout": 20}
        _database["OPTIONS"] = {**_database.get("OPTIONS", {}), "pool": _pool}
    else:
        _database["CONN_HEALTH_CHECKS"] = True
        _database["CONN_MAX_AGE"] = 60

# --- files -----------------------------------------------------------------------------------------------------------

SIGHTLINE_STORAGE = env.str("SIGHTLINE_STORAGE", default=str(DATA_DIR / "files"))
STORAGES = {
    "default": storage_record(SIGHTLINE_STORAGE, os.environ),
    "staticfiles": {"BACKEND": "portal.pages.static_storage.HashedStaticStorage"},
}
FILE_UPLOAD_TEMP_DIR = None
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static" / "dist"] if (BASE_DIR / "static" / "dist").is_dir() else []
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
]
WHITENOISE_MAX_AGE = 60

# --- people and their sessions ---------------------------------------------------------------------------------------

AUTH_USER_MODEL = "portal.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "sign_in"
LOGIN_REDIRECT_URL = "projects"
LOGOUT_REDIRECT_URL = "sign_in"
# Ten wrong passwords for one name from one address: a quarter of an hour's pause for that pair alone.
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_LOCKOUT_CALLABLE = "portal.pages.sign_in.too_many_attempts"
AXES_RESET_ON_SUCCESS = True
AXES_IPWARE_META_PRECEDENCE_ORDER = ["REMOTE_ADDR"]  # TrustedProxiesMiddleware has already judged X-Forwarded-For
AXES_VERBOSE = False

IS_HTTPS = _public.scheme == "https"
SESSION_COOKIE_SECURE = IS_HTTPS
SESSION_COOKIE_AGE = 14 * 24 * 3600
CSRF_COOKIE_SECURE = IS_HTTPS
CSRF_COOKIE_HTTPONLY = False  # the pages' own scripts send it back as a header
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if IS_HTTPS else 0
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin" if IS_HTTPS else None
SILENCED_SYSTEM_CHECKS = [  # of `check --deploy`
    "security.W002",  # SecurityHeadersMiddleware says X-Frame-Options: DENY and frame-ancestors 'none'
    "security.W005",  # other names below the same domain are not ours to decide about
    "security.W008",  # no redirect: it would come after key or password were sent in the clear, and drop a body
    "security.W021",  # as W005
]

# --- API -------------------------------------------------------------------------------------------------------------

REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.AllowAny"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = _SPECTACULAR_SETTINGS

# --- Celery: the broker is a bell, the database is the truth ---------------------------------------------------------

EMBEDDED_BROKER_FILE = DATA_DIR / "run" / "broker_url"


def _broker_url() -> str:
    """Told, or the embedded server's, whose socket the supervisor writes down (its path has to be short)."""
    told = env.str("BROKER_URL", default="")
    if not told and EMBEDDED_BROKER_FILE.exists():
        told = EMBEDDED_BROKER_FILE.read_text().strip()
    return told or "redis://127.0.0.1:6379/0"


CELERY_BROKER_URL = _broker_url()
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = False
CELERY_TASK_DEFAULT_QUEUE = "short"
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_PUBLISH_RETRY = False  # the reaper rings again; a request must not wait for a broker
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_DISABLE_PREFETCH = True
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 5
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_SEND_TASK_EVENTS = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "queue_order_strategy": "priority",
    "socket_timeout": 5,
    "socket_connect_timeout": 5,
    "retry_on_timeout": True,
}
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE = SCHEDULE
CELERY_BEAT_MAX_LOOP_INTERVAL = 3

# --- e-mail: printed to the log of the worker unless a server is named ----------------------------------------------

_email = env.email_url("EMAIL_URL", default="consolemail://")
vars().update({name: told for name, told in _email.items() if told is not None})
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = env.str("SIGHTLINE_EMAIL_FROM", default=f"sightline@{_public.hostname or 'localhost'}")

# --- logs: one JSON object a line ------------------------------------------------------------------------------------

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "portal.log_lines.JsonLines"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["stderr"], "level": env.str("SIGHTLINE_LOG_LEVEL", default="INFO")},
    "loggers": {
        "django": {"handlers": [], "level": "INFO", "propagate": True},
        "django.server": {"handlers": [], "level": "WARNING", "propagate": True},
        "axes": {"level": "WARNING"},
        "celery.beat": {"level": "WARNING"},
        "celery.app.trace": {"level": "WARNING"},
        "celery.worker.strategy": {"level": "WARNING"},
        "httpx": {"level": "WARNING"},
    },
}
