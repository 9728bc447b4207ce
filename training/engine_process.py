"""The training child: `python -m training.engine JOB_DIR`.

torch lives and dies in that process. Its parent reads JSON lines from it and may end it at any moment.
"""

import ctypes
import json
import logging
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from portal.jobs.handlers import AttemptFailed, JobFailed

logger = logging.getLogger(__name__)

LOOK_EVERY_SECONDS = 0.25
TERMINATE_AFTER_SECONDS = 3.0
NICENESS = 10
PR_SET_PDEATHSIG = 1
LOG_TAIL_CHARACTERS = 600

Event = dict[str, Any]


def run_engine(job_folder: Path, on_event: Callable[[Event], None], check: Callable[[], None]) -> None:
    """Train what lies in `job_folder`, an absolute path; returns when the engine says it is done.

    `on_event` gets each event of progress and each epoch's; `check` is called four times a second and ends
    the child by raising. Raises EngineFailed with the engine's own cause, EngineDied with what is known without one.
    """
    log_path = job_folder / "engine.log"
    with log_path.open("ab") as log, _child(job_folder, log) as process:
        last: Event = {}
        for event in _events(process, check):
            last = event
            if event.get("event") in ("progress", "epoch"):
                on_event(event)
        code = process.wait()
    if last.get("event") == "failed":
        raise EngineFailed(last)
    if code == -signal.SIGKILL:
        raise EngineDied(
            "The training process was killed, most likely because the machine ran out of memory.",
            "Close other programs, or train with fewer images; Quick Training needs the least memory.",
            "out_of_memory",
        )
    if code != 0 or last.get("event") != "done":
        raise EngineDied(_cause_of_death(code, log_path), "Train again; the worker's log has more.", "interrupted")


class EngineFailed(JobFailed):
    """The child said why it cannot succeed; `kind` and `object_id` as TrainingError has them."""

    def __init__(self, event: Event) -> None:
        super().__init__(str(event.get("cause", "The training failed.")), str(event.get("next_step", "")))
        self.kind = str(event.get("kind", ""))
        self.object_id = str(event.get("object_id", ""))


class EngineDied(AttemptFailed):
    """The child ended without saying why; another attempt resumes from its checkpoint."""

    def __init__(self, cause: str, next_step: str, kind: str) -> None:
        super().__init__(cause, next_step)
        self.kind = kind
        self.object_id = ""


@contextmanager
def _child(job_folder: Path, log: IO[bytes]) -> Iterator["subprocess.Popen[str]"]:
    libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None

    def before_exec() -> None:
        os.nice(NICENESS)
        if libc is not None:
            libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)

    process = subprocess.Popen(
        [sys.executable, "-m", "training.engine", str(job_folder)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=log,
        text=True,
        start_new_session=True,
        preexec_fn=before_exec,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
        cwd=Path(__file__).resolve().parent.parent,
    )
    # Leaving the `with` closes the pipe, once the child has ended.
    with process:
        try:
            yield process
        finally:
            if process.poll() is None:
                _end(process)


def _end(process: "subprocess.Popen[str]") -> None:
    """Ask the whole process group to end, then make it."""
    for signal_number, patience_seconds in ((signal.SIGTERM, TERMINATE_AFTER_SECONDS), (signal.SIGKILL, None)):
        try:
            os.killpg(process.pid, signal_number)
        except ProcessLookupError:
            pass
        try:
            process.wait(patience_seconds)
            return
        except subprocess.TimeoutExpired:
            logger.warning("training child %s ignored SIGTERM", process.pid)


def _events(process: "subprocess.Popen[str]", check: Callable[[], None]) -> Iterator[Event]:
    lines: queue.Queue[str | None] = queue.Queue()

    def read() -> None:
        assert process.stdout is not None
        for line in process.stdout:
            lines.put(line)
        lines.put(None)

    reader = threading.Thread(target=read, name="engine-output", daemon=True)
    reader.start()
    while True:
        check()
        try:
            line = lines.get(timeout=LOOK_EVERY_SECONDS)
        except queue.Empty:
            continue
        if line is None:
            reader.join()
            return
        try:
            yield json.loads(line)
        except json.JSONDecodeError:
            logger.warning("training child said: %s", line.rstrip()[:LOG_TAIL_CHARACTERS])


def _cause_of_death(code: int, log_path: Path) -> str:
    tail = log_path.read_text(errors="replace").strip()[-LOG_TAIL_CHARACTERS:]
    reason = f"signal {-code}" if code < 0 else f"exit code {code}"
    return f"The training process ended with {reason}: {tail or 'it wrote nothing'}"
