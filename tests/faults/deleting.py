"""Deleting very much: answered at once, killed in the middle, ended with nothing left."""

import os
import time
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil

from tests.faults.killing import Killer
from tests.faults.large_project import make_large_project
from tests.faults.tagged_project import connection
from tests.live_install import LiveInstall

DONE_WITHIN_SECONDS = 1200.0
REQUEST_SECONDS = 60.0


@dataclass(frozen=True)
class Deletion:
    """What deleting came to. `slowest_other_seconds`: the longest that a small call took meanwhile."""

    what: str
    images: int
    answered_seconds: float
    kills: int
    done_seconds: float
    files_left: int
    rows_left: int
    slowest_other_seconds: float


def delete(install: LiveInstall, what: str, image_count: int, kills: int) -> Deletion:
    """Delete a project's `images`, or the `project`; kill the worker that is at it, so many times."""
    project = make_large_project(install, image_count)
    folder = install.data / "files" / "projects" / project
    killer = Killer(install, seed=1)
    with httpx.Client(
        base_url=f"{install.endpoint}/customvision/v3.3/Training",
        headers={"Training-Key": install.training_key},
        timeout=REQUEST_SECONDS,
    ) as api:
        other = api.post("/projects", params={"name": f"beside the {what}"}).raise_for_status().json()["id"]
        path = f"/projects/{project}" + ("/images?allImages=true" if what == "images" else "")
        started = time.monotonic()
        api.delete(path).raise_for_status()
        answered = time.monotonic() - started
        if what == "images":
            assert api.get(f"/projects/{project}/images/count").json() == 0
        else:
            assert api.get(f"/projects/{project}").status_code == 404
        slowest, done_kills = 0.0, 0
        first = _file_count(folder)
        while (left := _file_count(folder)) or _rows_left(install, project, what):
            assert time.monotonic() - started < DONE_WITHIN_SECONDS, f"{left} files are left"
            # Each kill in another part of the work.
            if done_kills < kills and left < first * (1 - (done_kills + 1) / (kills + 1)):
                _kill_short(killer)
                done_kills += 1
            asked = time.monotonic()
            api.get("/projects").raise_for_status()
            api.patch(f"/projects/{other}", json={"name": f"other {asked}"}).raise_for_status()
            slowest = max(slowest, time.monotonic() - asked)
            time.sleep(0.2)
        done = time.monotonic() - started
    return Deletion(
        what,
        image_count,
        round(answered, 2),
        done_kills,
        round(done, 1),
        _file_count(folder),
        _rows_left(install, project, what),
        round(slowest, 2),
    )


def _kill_short(killer: Killer) -> None:
    """Parent and children of the worker at once: the deletion is cut off wherever it stands."""
    with suppress(LookupError, psutil.NoSuchProcess):
        short = killer.install.main_process("short")
        for process in (short, *short.children(recursive=True)):
            with suppress(psutil.NoSuchProcess):
                process.kill()


def _file_count(folder: Path) -> int:
    # Folders go while one looks: os.walk passes over those.
    return sum(len(names) for _, _, names in os.walk(folder))


def _rows_left(install: LiveInstall, project: str, what: str) -> int:
    place = "%s" if install.environment.get("DATABASE_URL") else "?"
    key = project if install.environment.get("DATABASE_URL") else project.replace("-", "")
    tables = {"images": [("labeling_image", "project_id")]}.get(
        what, [("labeling_image", "project_id"), ("labeling_tag", "project_id"), ("portal_project", "id")]
    )
    with closing(connection(install)) as database:
        return sum(
            database.execute(f"SELECT COUNT(*) FROM {table} WHERE {column} = {place}", (key,)).fetchone()[0]
            for table, column in tables
        )
