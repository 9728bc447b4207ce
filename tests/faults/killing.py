"""kill -9 of any process of an install, and how long until all is ready again."""

import random
import shutil
import signal
import time
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil
import redis

from tests.faults.postgres_killing import kill_and_restart
from tests.faults.tagged_project import connection
from tests.live_install import LiveInstall, start

SUPERVISED = ("web", "short", "training", "reaper", "beat", "ingester", "valkey")
KINDS = (
    "supervisor",
    *SUPERVISED,
    "web worker",
    "short child",
    "training child",
    "training and child",
    "broker wiped",
    "broker lost",
)
POSTGRES = "postgres"  # where the install works on one
READY_WITHIN_SECONDS = 240.0
CHILD_PATIENCE_SECONDS = 8.0


@dataclass(frozen=True)
class Kill:
    """What one kill came to. `gone_seconds`: until the last process below the killed one had ended."""

    kind: str
    ready_seconds: float
    gone_seconds: float
    orphans: int = 0


class Killer:
    """Kills processes of one install, and starts its supervisor again."""

    def __init__(self, install: LiveInstall, seed: int) -> None:
        self.install = install
        self.chance = random.Random(seed)

    def kill(self, kind: str) -> Kill:
        """Kill, and wait until the whole is ready again, without the killed process and what was below it."""
        if kind == "supervisor":
            return self._kill_supervisor()
        started = time.monotonic()
        if kind == POSTGRES:
            gone, answered = kill_and_restart(self.install.environment["DATABASE_URL"])
            return Kill(kind, self._ready_after(answered, lambda: True), gone)
        if kind == "broker wiped":
            self._wipe_broker()
            return Kill(kind, self._ready_after(started, lambda: True), 0.0)
        name = {"broker lost": "valkey", "training and child": "training"}.get(kind, kind)
        if name in SUPERVISED:
            victim = self._main_process(name)
            below = [victim, *_below(victim)]
            engines = [each for each in below if _is_engine(each)] if kind == "training and child" else []
            for process in (*engines, victim):
                _kill(process)
            if kind == "broker lost":
                shutil.rmtree(self.install.data / "valkey", ignore_errors=True)
            started = time.monotonic()
            return self._outcome(kind, started, below, lambda: self._is_replaced(name, victim.pid))
        victim = self._child(name)
        parent = victim.parent()
        count = len(parent.children()) if parent is not None else 0
        below = [victim, *_below(victim)]
        is_job = _is_engine(victim)
        _kill(victim)
        started = time.monotonic()
        return self._outcome(kind, started, below, lambda: is_job or _has_children(parent, count))

    def _outcome(self, kind: str, started: float, below: list[psutil.Process], is_replaced: Callable[[], bool]) -> Kill:
        gone = _wait_gone(below, started)
        return Kill(kind, self._ready_after(started, is_replaced), gone, len(_living(below)))

    def _kill_supervisor(self) -> Kill:
        install = self.install
        below = install.processes()
        port = int(install.endpoint.rpartition(":")[2])
        install.process.kill()
        install.process.wait()
        gone = _wait_gone(below, time.monotonic())
        orphans = len(_living(below))
        started = time.monotonic()
        install.process = start(install.data, install.environment, port)
        return Kill("supervisor", self._ready_after(started, lambda: True), gone, orphans)

    def _ready_after(self, started: float, is_replaced: Callable[[], bool]) -> float:
        while time.monotonic() - started < READY_WITHIN_SECONDS:
            if is_replaced() and self._is_ready():
                break
            time.sleep(0.05)
        return round(time.monotonic() - started, 2)

    def _is_ready(self) -> bool:
        try:
            return httpx.get(f"{self.install.endpoint}/readyz", timeout=3).status_code == 200
        except httpx.HTTPError:
            return False

    def _is_replaced(self, name: str, old_pid: int) -> bool:
        """Another process has its place and, where it has one, its heartbeat."""
        with suppress(LookupError, psutil.Error):
            pid = self.install.main_process(name).pid
            return pid != old_pid and (name in ("web", "valkey") or pid == self._beating(name))
        return False

    def _beating(self, kind: str) -> int | None:
        with suppress(Exception), closing(connection(self.install)) as database:
            rows = database.execute("SELECT kind, pid FROM portal_processheartbeat").fetchall()
            return dict(rows).get(kind)
        return None

    def _main_process(self, name: str) -> psutil.Process:
        deadline = time.monotonic() + READY_WITHIN_SECONDS
        while True:
            try:
                return self.install.main_process(name)
            except LookupError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)

    def _child(self, kind: str) -> psutil.Process:
        """A child of that kind; the training child is the engine's where one runs within some seconds."""
        name = kind.partition(" ")[0]
        deadline = time.monotonic() + (CHILD_PATIENCE_SECONDS if name == "training" else 1.0)
        while True:
            below = _below(self._main_process(name))
            wanted = [each for each in below if _is_engine(each)] if name == "training" else below
            # A worker that has just been started has no children yet.
            if wanted or (below and time.monotonic() > deadline):
                return self.chance.choice(wanted or below)
            time.sleep(0.02)

    def _wipe_broker(self) -> None:
        with redis.Redis(unix_socket_path=str(broker_socket(self.install))) as broker:
            broker.flushall()


def broker_socket(install: LiveInstall) -> Path:
    """The socket of the embedded broker."""
    url = (install.data / "run" / "broker_url").read_text().strip()
    return Path(url.removeprefix("redis+socket://").partition("?")[0])


def _below(process: psutil.Process) -> list[psutil.Process]:
    with suppress(psutil.NoSuchProcess):
        return process.children(recursive=True)
    return []


def _has_children(parent: psutil.Process | None, count: int) -> bool:
    """Whether the parent has replaced the child that was killed."""
    if parent is None:
        return True
    with suppress(psutil.NoSuchProcess):
        return len(_living(parent.children())) >= count
    return False


def _is_engine(process: psutil.Process) -> bool:
    with suppress(psutil.Error):
        return "training.engine" in process.cmdline()
    return False


def _kill(process: psutil.Process) -> None:
    with suppress(psutil.NoSuchProcess):
        process.send_signal(signal.SIGKILL)


def _living(processes: list[psutil.Process]) -> list[psutil.Process]:
    living = []
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            if process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
                living.append(process)
    return living


def _wait_gone(processes: list[psutil.Process], started: float) -> float:
    """Seconds until none of these lives any more; at most half a minute."""
    while _living(processes) and time.monotonic() - started < 30:
        time.sleep(0.02)
    return round(time.monotonic() - started, 2)


def drawn_kinds(count: int, seed: int, kinds: tuple[str, ...] = KINDS) -> list[str]:
    """Kinds in a random order, each about as often as the others."""
    drawn = [kinds[number % len(kinds)] for number in range(count)]
    random.Random(seed).shuffle(drawn)
    return drawn
