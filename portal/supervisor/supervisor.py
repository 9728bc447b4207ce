"""Starts an install's processes, keeps them running, stops them in order."""

import signal
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType

from portal.supervisor.child import Child, ProcessPlan
from portal.supervisor.log_files import LogFile

LOOK_EVERY_SECONDS = 0.1
READY_PATIENCE_SECONDS = 90.0
BROKER = "valkey"


class NotReady(Exception):
    """A process did not become healthy in time; the message names it and its log."""


class Supervisor:
    """Owns the processes of one install on this host. Only the main thread calls it."""

    def __init__(self, log_folder: Path, tell: Callable[[str], None], *, shows_logs: bool) -> None:
        self._log_folder = log_folder
        self._tell = tell
        self._shows_logs = shows_logs
        self._children: list[Child] = []
        self._stop = threading.Event()
        self._is_hurried = False

    def listen_for_signals(self) -> None:
        """Ctrl-C and SIGTERM stop in order; a second one stops at once."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(number) is not signal.SIG_IGN:  # nohup means it
                signal.signal(number, self._on_signal)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        if self._stop.is_set():
            self._is_hurried = True
        self._stop.set()

    @property
    def is_stopping(self) -> bool:
        return self._stop.is_set()

    def start(self, plans: Sequence[ProcessPlan]) -> None:
        """Start these processes side by side; an earlier run's are gone by now."""
        for plan in plans:
            plan.when_gone()
            child = Child(plan, LogFile(self._log_folder, plan.name, is_shown=self._shows_logs))
            self._children.append(child)
            child.start()

    def wait_until_healthy(self) -> None:
        """Returns when every process is healthy, or when a stop was asked for. Raises NotReady."""
        deadline = time.monotonic() + READY_PATIENCE_SECONDS
        waiting = list(self._children)
        while waiting and not self._stop.wait(LOOK_EVERY_SECONDS):
            self._restart_the_dead()
            waiting = [child for child in waiting if not child.is_healthy()]
            if waiting and time.monotonic() > deadline:
                names = ", ".join(child.plan.name for child in waiting)
                raise NotReady(f"Not ready after {READY_PATIENCE_SECONDS:.0f} s: {names}. See {self._log_folder}.")

    def watch(self) -> None:
        """Restart what dies, until a stop is asked for."""
        while not self._stop.wait(LOOK_EVERY_SECONDS):
            self._restart_the_dead()

    def _restart_the_dead(self) -> None:
        for child in self._children:
            how = child.death()
            if how is not None:
                self._tell(f"{child.plan.name} ended ({how}); starting it again.")
                child.plan.when_gone()
            child.restart_if_due()

    def stop(self) -> list[str]:
        """Stop all, the broker last. Returns the names of those that had to be killed."""
        rest = [child for child in self._children if child.plan.name != BROKER]
        broker = [child for child in self._children if child.plan.name == BROKER]
        killed = self._stop_together(rest) + self._stop_together(broker)
        self._children.clear()
        return killed

    def _stop_together(self, children: Sequence[Child]) -> list[str]:
        for child in children:
            child.ask_to_stop()
        started = time.monotonic()
        killed = []
        for child in children:
            deadline = started + child.plan.stop_patience_seconds
            while not self._is_hurried and child.is_running() and time.monotonic() < deadline:
                time.sleep(0.05)
            if not child.wait_stopped(time.monotonic()):
                killed.append(child.plan.name)
        return killed
