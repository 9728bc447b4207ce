"""`python -m portal.health.check ROLE...`: is this host's share of the install alive? For a container's health check.

The heartbeats are read without loading an app, since that would cost every container 0.5 s of CPU every time.
"""

import os
import ssl
import sys
import urllib.request
from datetime import timedelta

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

from django.conf import settings
from django.db import Error, connection
from django.utils import timezone

from portal.health.host_name import hostname

KINDS_OF = {
    "web": ["ingester"],
    "worker": ["short"],
    "training": ["training"],
    "reaper": ["reaper"],
    "beat": ["beat"],
}
STALE_AFTER_SECONDS = 15.0
PATIENCE_SECONDS = 4.0


def complaints(roles: list[str]) -> list[str]:
    """What of these roles does not live on this host; empty when all is well."""
    found = [f"{kind} is silent" for kind in _silent([kind for role in roles for kind in KINDS_OF[role]])]
    if "web" in roles and not _web_answers():
        found.append("web does not answer")
    return found


def _silent(kinds: list[str]) -> list[str]:
    fresh = timezone.now() - timedelta(seconds=STALE_AFTER_SECONDS)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT kind FROM portal_processheartbeat WHERE host = %s AND last_seen >= %s", [hostname(), fresh]
        )
        living = {row[0] for row in cursor.fetchall()}
    return [kind for kind in kinds if kind not in living]


def _web_answers() -> bool:
    # Asked on loopback, whose name our own certificate need not carry.
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context))
    try:
        address = settings.LISTENING_FILE.read_text().strip()
        with opener.open(f"{address}/healthz", timeout=PATIENCE_SECONDS) as answer:
            return bool(answer.status == 200)
    except (OSError, ValueError):
        return False


def main() -> int:
    roles = sys.argv[1:] or list(KINDS_OF)
    if not set(roles) <= set(KINDS_OF):
        print(f"The roles are {', '.join(KINDS_OF)}.", file=sys.stderr)  # noqa: T201
        return 2
    try:
        found = complaints(roles)
    except Error as error:
        found = [f"the database does not answer: {error}"]
    print("; ".join(found) or "alive")  # noqa: T201
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
