"""Which processes an install has, and how each is started and judged."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path

import httpx
from django.conf import settings
from django.db import Error, close_old_connections
from django.utils import timezone

from portal.health.heartbeats import STALE_AFTER_SECONDS
from portal.health.host_name import hostname
from portal.jobs.leases import expire_leases_of
from portal.models import ProcessHeartbeat
from portal.supervisor import valkey
from portal.supervisor.address import Address
from portal.supervisor.child import ProcessPlan
from portal.supervisor.tls import TlsFiles

ROLES = ("web", "worker", "training", "reaper", "beat")
# A client that sends a body slowly holds one of the threads, one that is idle a connection.
BLOCKING_THREADS = 256
CONNECTIONS = 2048
WEB_DATABASE_POOL = 12
HEALTH_PATIENCE_SECONDS = 2.0
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}


@dataclass(frozen=True)
class PlanContext:
    """What all plans of one install share."""

    address: Address
    tls: TlsFiles | None
    environment: Mapping[str, str]
    cores: int


def plans_for(roles: Sequence[str], context: PlanContext) -> list[ProcessPlan]:
    """The plans of those roles, in starting order; the web role brings this host's ingester."""
    plans = []
    if "web" in roles:
        plans += [_web(context), _ingester(context)]
    if "worker" in roles:
        plans.append(_celery_worker(context, "short", ["--concurrency", str(max(2, min(4, context.cores)))]))
    if "training" in roles:
        # One at a time on a host: a training uses every core that it is given.
        plans.append(_celery_worker(context, "training", ["--concurrency", "1"], has_own_threads=True))
    if "reaper" in roles:
        plans.append(_celery_worker(context, "reaper", ["--pool", "solo"]))
    if "beat" in roles:
        plans.append(_beat(context))
    return plans


def broker_plan(binary: str, socket_path: Path, folder: Path, environment: Mapping[str, str]) -> ProcessPlan:
    return ProcessPlan(
        name="valkey",
        command=valkey.server_command(binary, socket_path, folder),
        environment=environment,
        is_healthy=lambda pid: valkey.answers(socket_path),
        # Without it the server does not start: whoever wipes the broker may well remove its folder.
        before_start=lambda: valkey.make_folder(folder),
        stop_patience_seconds=10,
    )


def _web(context: PlanContext) -> ProcessPlan:
    command = [
        *(sys.executable, "-m", "portal.granian_server", "--interface", "wsgi", "portal.wsgi:application"),
        *("--host", context.address.host, "--port", str(context.address.port)),
        *("--workers", str(context.cores), "--blocking-threads", str(BLOCKING_THREADS)),
        *("--backpressure", str(CONNECTIONS), "--backlog", str(CONNECTIONS)),
        *("--http", "1", "--no-ws", "--respawn-failed-workers", "--respawn-interval", "0.5"),
        *("--workers-kill-timeout", "8", "--log-level", "warning"),
    ]
    if context.tls is not None:
        command += ["--ssl-certificate", str(context.tls.certificate), "--ssl-keyfile", str(context.tls.key)]
        command += ["--ssl-protocol-min", "tls1.2"]
    environment = {
        **context.environment,
        **ONE_THREAD,
        # Each thread would otherwise keep a heap of its own.
        "MALLOC_ARENA_MAX": "2",
        "SIGHTLINE_DATABASE_POOL": str(WEB_DATABASE_POOL),
    }
    url = f"{context.address.local_url}/healthz"
    return ProcessPlan("web", command, environment, lambda pid: _answers(url), stop_patience_seconds=12)


def _ingester(context: PlanContext) -> ProcessPlan:
    return ProcessPlan(
        name="ingester",
        command=[sys.executable, str(settings.BASE_DIR / "manage.py"), "ingest", "--skip-checks"],
        environment={**context.environment, **ONE_THREAD},
        is_healthy=partial(has_beaten, "ingester"),
    )


def _celery_worker(
    context: PlanContext, kind: str, options: Sequence[str], *, has_own_threads: bool = False
) -> ProcessPlan:
    command = [
        *(sys.executable, "-m", "celery", "--quiet", "-A", "portal.celery", "worker"),
        *("--queues", kind, "--hostname", f"{kind}@{hostname()}", "--loglevel", "INFO"),
        *("--without-gossip", "--without-mingle", "--without-heartbeat"),
        *options,
    ]
    environment = {
        **context.environment,
        "REMAP_SIGTERM": "SIGQUIT",  # the way to a soft shutdown
        "CELERY_SKIP_CHECKS": "1",  # they would load every view, 60 MB of them
    }
    if not has_own_threads:
        environment |= ONE_THREAD
    return ProcessPlan(
        name=kind,
        command=command,
        environment=environment,
        is_healthy=partial(has_beaten, kind),
        when_gone=lambda: _expire_leases(f"{kind}@{hostname()}"),
    )


def _beat(context: PlanContext) -> ProcessPlan:
    schedule = settings.DATA_DIR / "run" / "beat-schedule"
    return ProcessPlan(
        name="beat",
        command=[
            *(sys.executable, "-m", "celery", "--quiet", "-A", "portal.celery", "beat"),
            *("--schedule", str(schedule), "--pidfile", "", "--loglevel", "INFO"),
        ],
        environment={**context.environment, **ONE_THREAD, "CELERY_SKIP_CHECKS": "1"},
        is_healthy=partial(has_beaten, "beat"),
    )


def has_beaten(kind: str, pid: int) -> bool:
    """Whether this very process has written its heartbeat lately."""
    fresh = timezone.now() - timedelta(seconds=STALE_AFTER_SECONDS)
    try:
        close_old_connections()
        return ProcessHeartbeat.objects.filter(kind=kind, host=hostname(), pid=pid, last_seen__gte=fresh).exists()
    except Error:
        return False


def _answers(url: str) -> bool:
    try:
        # Our own certificate need not carry the loopback address.
        return httpx.get(url, timeout=HEALTH_PATIENCE_SECONDS, verify=False, trust_env=False).status_code == 200  # noqa: S501
    except httpx.HTTPError:
        return False


def _expire_leases(worker: str) -> None:
    try:
        close_old_connections()
        expire_leases_of(worker)
    except Error:
        pass  # the leases run out by themselves a little later
