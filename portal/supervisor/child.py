"""One supervised process: started, watched, stopped."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from portal.supervisor.log_files import LogFile

TIED_TO_PARENT = Path(__file__).with_name("tied_to_parent.py")
FIRST_RESTART_DELAY_SECONDS = 0.5
LONGEST_RESTART_DELAY_SECONDS = 8.0  # with the start itself: ready again within 15 s
STEADY_AFTER_SECONDS = 60.0


@dataclass(frozen=True)
class ProcessPlan:
    """How one process is run.

    `is_healthy` gets its process id; `before_start` is called before every start, `when_gone` when no process of this
    plan can be running any more.
    """

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    is_healthy: Callable[[int], bool]
    stop_patience_seconds: float = 15.0
    working_folder: Path | None = None
    before_start: Callable[[], None] = field(default=lambda: None)
    when_gone: Callable[[], None] = field(default=lambda: None)


class Child:
    """A process of that plan, and the next one when it dies."""

    def __init__(self, plan: ProcessPlan, log_file: LogFile) -> None:
        self.plan = plan
        self.restarts = 0
        self._log_file = log_file
        self._process: subprocess.Popen[bytes] | None = None
        self._pump: threading.Thread | None = None
        self._started_at = 0.0
        self._restart_at: float | None = None
        self._delay_seconds = FIRST_RESTART_DELAY_SECONDS

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process is not None else None

    def start(self) -> None:
        """Start the process in a session of its own, so that Ctrl-C in the terminal reaches only the supervisor."""
        self.plan.before_start()
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", str(TIED_TO_PARENT), str(os.getpid()), *self.plan.command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=dict(self.plan.environment),
            cwd=self.plan.working_folder,
            start_new_session=True,
        )
        assert self._process.stdout is not None
        self._pump = threading.Thread(
            target=self._log_file.copy_from, args=(self._process.stdout,), name=f"log-{self.plan.name}", daemon=True
        )
        self._pump.start()
        self._started_at = time.monotonic()
        self._restart_at = None

    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def is_healthy(self) -> bool:
        return self.is_running() and self.pid is not None and self.plan.is_healthy(self.pid)

    def death(self) -> str | None:
        """How the process ended, told once, with its restart planned; None while it lives or waits."""
        if self._process is None or self._restart_at is not None or self._process.poll() is None:
            return None
        self._end_group(signal.SIGKILL)  # what it left behind would hold ports and queues
        if time.monotonic() - self._started_at > STEADY_AFTER_SECONDS:
            self._delay_seconds = FIRST_RESTART_DELAY_SECONDS
        self._restart_at = time.monotonic() + self._delay_seconds
        self._delay_seconds = min(2 * self._delay_seconds, LONGEST_RESTART_DELAY_SECONDS)
        code = self._process.returncode
        return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"

    def restart_if_due(self) -> bool:
        if self._restart_at is None or time.monotonic() < self._restart_at:
            return False
        self.restarts += 1
        self.start()
        return True

    def ask_to_stop(self) -> None:
        """SIGTERM to the process itself; it stops its own children in its own order."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()

    def wait_stopped(self, deadline: float) -> bool:
        """Wait until `deadline` (time.monotonic), then kill. Returns whether it stopped by itself."""
        if self._process is None:
            return True
        try:
            self._process.wait(max(0.0, deadline - time.monotonic()))
            stopped_by_itself = True
        except subprocess.TimeoutExpired:
            stopped_by_itself = False
        self._end_group(signal.SIGKILL)
        self._process.wait()
        if self._pump is not None:
            self._pump.join(2)
        return stopped_by_itself

    def _end_group(self, signal_number: signal.Signals) -> None:
        assert self._process is not None
        try:
            os.killpg(self._process.pid, signal_number)
        except (ProcessLookupError, PermissionError):
            pass
