"""Trainings killed at random moments: the child, its worker, or both."""

import random
import time
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import psutil

from tests.faults.small_client import SmallClient
from tests.faults.tagged_project import connection
from tests.live_install import LiveInstall

WHAT = ("child", "worker", "both")
STARTS_WITHIN_SECONDS = 120.0
ENDS_WITHIN_SECONDS = 600.0
LATEST_MOMENT_SECONDS = 12.0
MOST_ATTEMPTS = 3


@dataclass
class TrainingKills:
    """`next_run_seconds`: from each kill to the next attempt's own process."""

    next_run_seconds: list[float] = field(default_factory=list)
    kills: dict[str, int] = field(default_factory=lambda: dict.fromkeys(WHAT, 0))
    completed: int = 0
    failed_with_cause: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


def kill_trainings(
    install: LiveInstall,
    client: SmallClient,
    trainings: int,
    seed: int,
    tell: Callable[[str], None] = lambda line: None,
) -> TrainingKills:
    """Train so many times; each is killed once or twice, the last one every time that it runs."""
    chance = random.Random(seed)
    found = TrainingKills()
    for number in range(trainings):
        is_doomed = number == trainings - 1
        iteration = client.train().raise_for_status().json()["id"]
        killed = 0
        for _ in range(MOST_ATTEMPTS if is_doomed else chance.randint(1, MOST_ATTEMPTS - 1)):
            engine = _next_engine(install, 0.0, None)
            time.sleep(chance.uniform(0, 1.0 if is_doomed else LATEST_MOMENT_SECONDS))
            what = "child" if is_doomed else chance.choice(WHAT)
            if engine is None or not _kill(install, engine, what):
                break
            killed += 1
            found.kills[what] += 1
            moment = time.monotonic()
            if killed < MOST_ATTEMPTS:
                _next_engine(install, moment, engine.pid)
                found.next_run_seconds.append(round(time.monotonic() - moment, 1))
        told = client.wait_trained(iteration, ENDS_WITHIN_SECONDS)
        tell(
            f"{number + 1}/{trainings} killed {killed} times: {told['status']} {told.get('trainingErrorDetails') or ''}"
        )
        _check(install, iteration, told, killed, found)
    return found


def _next_engine(install: LiveInstall, moment: float, old_pid: int | None) -> psutil.Process | None:
    """The training's own process once there is another than `old_pid`; None when none comes."""
    deadline = (moment or time.monotonic()) + STARTS_WITHIN_SECONDS
    while time.monotonic() < deadline:
        for process in _engines(install):
            if process.pid != old_pid:
                return process
        time.sleep(0.05)
    return None


def _engines(install: LiveInstall) -> list[psutil.Process]:
    found = []
    for process in install.processes():
        with suppress(psutil.Error):
            if "training.engine" in process.cmdline() and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
    return found


def _kill(install: LiveInstall, engine: psutil.Process, what: str) -> bool:
    """False when the training had ended by itself."""
    try:
        worker = install.main_process("training")
        if not engine.is_running():
            return False
        if what in ("child", "both"):
            engine.kill()
        if what in ("worker", "both"):
            worker.kill()
    except (LookupError, psutil.NoSuchProcess):
        return False
    return True


def _check(install: LiveInstall, iteration: str, told: dict[str, Any], killed: int, found: TrainingKills) -> None:
    key = iteration if install.environment.get("DATABASE_URL") else UUID(iteration).hex
    place = "%s" if install.environment.get("DATABASE_URL") else "?"
    with closing(connection(install)) as database:
        ((project, images),) = database.execute(
            f"SELECT project_id, image_count FROM labeling_snapshot WHERE id = {place}", (key,)
        ).fetchall()
        ((scores,),) = database.execute(
            f"SELECT COUNT(*) FROM training_imagescore WHERE iteration_id = {place}", (key,)
        ).fetchall()
        ((attempts,),) = database.execute(
            "SELECT attempt FROM portal_job JOIN training_iteration ON portal_job.id = training_iteration.job_id"
            f" WHERE snapshot_id = {place}",
            (key,),
        ).fetchall()
    folder = install.data / "files" / "projects" / str(UUID(str(project))) / "iterations" / iteration
    models = sorted(path.name for path in folder.glob("*.onnx"))
    if told["status"] == "Completed":
        found.completed += 1
        if (len(models), scores) != (1, images):
            found.wrong.append(f"{iteration}: {models}, {scores} scores of {images} images")
    elif killed == MOST_ATTEMPTS and told.get("trainingErrorDetails"):
        found.failed_with_cause.append(told["trainingErrorDetails"])
        if models or scores:
            found.wrong.append(f"{iteration} failed, and left {models}, {scores} scores")
    else:
        found.wrong.append(f"{iteration}: {told['status']} after {killed} kills: {told.get('trainingErrorDetails')}")
    if attempts > MOST_ATTEMPTS:
        found.wrong.append(f"{iteration}: {attempts} attempts")
    if (install.data / "training" / iteration).exists():
        found.wrong.append(f"{iteration}: its folder was left")
