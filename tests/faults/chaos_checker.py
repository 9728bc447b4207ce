"""Proves from ledger, API, database and storage that what was acknowledged is there once, and nothing else is left."""

import hashlib
import subprocess
import sys
import time
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx

from tests.faults.ledger import DELETED, PROMOTED, STORED, Box, Ledger
from tests.faults.tagged_project import connection
from tests.live_install import ROOT, LiveInstall
from tests.pictures import picture

QUIET_WITHIN_SECONDS = 400.0
FOREIGN = ("pymp-", ".ses")  # Python's own, of killed processes
SWEEP = "from datetime import timedelta; from portal.jobs.nightly import sweep_all; sweep_all(timedelta(seconds=-1))"


@dataclass
class Findings:
    """What is wrong, one sentence each; and how much was looked at."""

    wrong: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    def expect(self, holds: bool, words: str) -> None:
        if not holds:
            self.wrong.append(words)


@dataclass(frozen=True)
class _Rows:
    images: list[dict[str, Any]]
    tags: dict[str, list[str]]
    boxes: dict[str, list[Box]]
    predictions: list[dict[str, Any]]
    iterations: list[dict[str, Any]]
    exports: list[str]


def check(install: LiveInstall, ledger: Ledger) -> Findings:
    """Wait until no work is left, sweep, and compare everything with everything."""
    findings = Findings()
    _wait_until_quiet(install, findings)
    sweep(install, findings)
    rows = _read(install)
    _check_images(rows, ledger, findings)
    _check_predictions(rows, ledger, findings)
    _check_iterations(rows, ledger, findings)
    _check_files(install, rows, findings)
    _check_api(install, rows, ledger, findings)
    _check_leftovers(install, findings)
    findings.wrong += ledger.mishaps
    return findings


def sweep(install: LiveInstall, findings: Findings) -> None:
    """What runs every night, as if all files were old."""
    command = [sys.executable, str(ROOT / "manage.py"), "shell", "-c", SWEEP]
    environment = {**install.environment, "SIGHTLINE_DATA": str(install.data)}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    findings.expect(done.returncode == 0 and "failed" not in done.stderr, f"the sweep failed: {done.stderr[-2000:]}")


def _wait_until_quiet(install: LiveInstall, findings: Findings) -> None:
    """Until no job waits or runs, nothing is left in the spool, and the install is ready."""
    deadline = time.monotonic() + QUIET_WITHIN_SECONDS
    while time.monotonic() < deadline:
        with closing(connection(install)) as database:
            jobs = database.execute(
                "SELECT kind, state, attempt, error FROM portal_job WHERE state IN ('queued', 'running')"
                " AND due_at < CURRENT_TIMESTAMP"
            ).fetchall()
        segments = list((install.data / "spool" / "predictions").glob("*"))
        if not jobs and not segments:
            return
        time.sleep(0.5)
    findings.wrong.append(f"work was left after {QUIET_WITHIN_SECONDS:.0f} s: {jobs[:5]}, {len(segments)} segments")


def _read(install: LiveInstall) -> _Rows:
    with closing(connection(install)) as database:

        def select(columns: str, rest: str) -> list[dict[str, Any]]:
            names = [column.strip() for column in columns.split(",")]
            found = database.execute(f"SELECT {columns} FROM {rest}").fetchall()
            return [dict(zip(names, row, strict=True)) for row in found]

        images = select("id, project_id, sha256, media_type, removed", "labeling_image")
        predictions = select("id, project_id, image_sha256, media_type", "inference_storedprediction")
        iterations = select(
            "snapshot_id, project_id, state, artifact, artifact_sha256, error, deleted", "training_iteration"
        )
        exports = [str(row["file"]) for row in select("file", "training_export WHERE file <> ''")]
        tags: dict[str, list[str]] = {}
        for row in select("image_id, tag_id", "labeling_imagetag WHERE removed IS NULL"):
            tags.setdefault(_id(row["image_id"]), []).append(_id(row["tag_id"]))
        boxes: dict[str, list[Box]] = {}
        places = 'image_id, tag_id, "left", top, width, height'
        for image, tag, *edges in (
            tuple(row.values()) for row in select(places, "labeling_region WHERE removed IS NULL")
        ):
            left, top, width, height = (round(edge, 6) for edge in edges)
            boxes.setdefault(_id(image), []).append((_id(tag), left, top, width, height))
    for row in (*images, *predictions, *iterations):
        row.update({name: _id(value) for name, value in row.items() if name.endswith("id") and value is not None})
    return _Rows(images, tags, boxes, predictions, iterations, exports)


def _check_images(rows: _Rows, ledger: Ledger, findings: Findings) -> None:
    present = {row["id"]: row for row in rows.images if row["removed"] is None}
    twice = Counter((row["project_id"], row["sha256"]) for row in present.values())
    findings.expect(max(twice.values(), default=1) == 1, f"images twice: {[k for k, n in twice.items() if n > 1]}")
    for image in ledger.images.values():
        findings.counts["images"] += 1
        row = present.get(image.id)
        if image.is_removed:
            findings.expect(row is None, f"image {image.id} was deleted and is there")
            continue
        if row is None:
            findings.wrong.append(f"image {image.id} was acknowledged and is not there")
            continue
        findings.expect(row["sha256"] == image.sha256, f"image {image.id} has other bytes")
        tags, boxes = rows.tags.get(image.id, []), rows.boxes.get(image.id, [])
        findings.counts["tags on images"] += len(image.tags)
        findings.counts["regions"] += len(image.boxes)
        findings.expect(sorted(tags) == sorted(image.tags), f"image {image.id}: tags {tags}, not {image.tags}")
        findings.expect(sorted(boxes) == sorted(image.boxes), f"image {image.id}: boxes {boxes}, not {image.boxes}")


def _check_predictions(rows: _Rows, ledger: Ledger, findings: Findings) -> None:
    stored = {row["id"]: row for row in rows.predictions}
    images = {(row["project_id"], row["sha256"]) for row in rows.images if row["removed"] is None}
    for known in ledger.predictions.values():
        findings.counts["predictions"] += 1
        places = (known.id in stored, (known.project, known.sha256) in images)
        wanted = {STORED: [(True, False)], PROMOTED: [(False, True)], DELETED: [(False, False)]}
        allowed = wanted.get(known.state, [(True, False), (False, True)])
        findings.expect(places in allowed, f"prediction {known.id} ({known.state}): stored, image = {places}")
    unknown = len(stored.keys() - ledger.predictions.keys())
    cut_off = sum(count for act, count in ledger.unanswered.items() if act.startswith("predict"))
    findings.expect(unknown <= cut_off, f"{unknown} predictions that nobody asked for ({cut_off} were cut off)")


def _check_iterations(rows: _Rows, ledger: Ledger, findings: Findings) -> None:
    found = Counter(row["snapshot_id"] for row in rows.iterations if row["deleted"] is None)
    states = {row["snapshot_id"]: row for row in rows.iterations}
    for iteration in ledger.iterations:
        findings.counts["iterations"] += 1
        if iteration in ledger.deleted_iterations:
            findings.expect(iteration not in states, f"iteration {iteration} was deleted and is there")
            continue
        findings.expect(found[iteration] == 1, f"iteration {iteration} is there {found[iteration]} times")
        row = states.get(iteration, {"state": "missing", "error": ""})
        findings.counts[f"iterations {row['state']}"] += 1
        is_told = row["state"] == "completed" or (row["state"] == "failed" and row["error"])
        findings.expect(bool(is_told), f"iteration {iteration} is {row['state']} ({row['error']!r})")
    more = found.keys() - set(ledger.iterations)
    findings.expect(not more, f"iterations that nobody asked for: {more}")


def _check_files(install: LiveInstall, rows: _Rows, findings: Findings) -> None:
    """Each row has its files, whole; each file has its row."""
    base = install.data / "files"
    wanted: dict[str, str | None] = {}  # SHA-256 by storage name, None where it is not known
    leaving: set[str] = set()  # of deleted images, whose job may come for them at this moment
    for row in rows.images:
        folder, sha256 = f"projects/{row['project_id']}", row["sha256"]
        names = [f"{folder}/{kind}/{sha256[:2]}/{sha256}.jpg" for kind in ("resized", "thumbnails")]
        original = f"{folder}/images/{sha256[:2]}/{sha256}.{_extension(row)}"
        if row["removed"] is None:
            wanted.update({original: sha256} | dict.fromkeys(names))
        else:
            leaving.update((original, *names))
    for row in rows.predictions:
        name = f"projects/{row['project_id']}/predictions/{row['id'][:2]}/{row['id']}"
        wanted[f"{name}.{_extension(row)}"] = row["image_sha256"]
        wanted[f"{name}-resized.jpg"] = wanted[f"{name}-thumbnail.jpg"] = None
    wanted.update({row["artifact"]: row["artifact_sha256"] for row in rows.iterations if row["artifact"]})
    wanted.update(dict.fromkeys(rows.exports))
    there = {str(path.relative_to(base)) for path in base.rglob("*") if path.is_file()}
    findings.counts["files"] = len(there)
    for name in sorted(wanted.keys() - there)[:20]:
        findings.wrong.append(f"a row without its file: {name}")
    for name in sorted(there - wanted.keys() - leaving)[:20]:
        findings.wrong.append(f"a file without a row: {name}")
    for name in wanted.keys() & there:
        data = (base / name).read_bytes()
        expected = wanted[name]
        is_whole = data.endswith(b"\xff\xd9") if expected is None and name.endswith(".jpg") else bool(data)
        findings.expect(is_whole, f"a file is cut off: {name}")
        if expected:
            findings.expect(hashlib.sha256(data).hexdigest() == expected, f"a file has other bytes: {name}")


def _check_api(install: LiveInstall, rows: _Rows, ledger: Ledger, findings: Findings) -> None:
    """The API tells the same as the database, and every address opens."""
    headers = {"Training-Key": install.training_key, "Prediction-Key": install.prediction_key}
    with httpx.Client(base_url=install.endpoint, headers=headers, timeout=30) as api:
        for project in {project for project, _ in ledger.tags.values()}:
            path = f"/customvision/v3.3/Training/projects/{project}"
            told: list[dict[str, Any]] = []
            while page := api.get(f"{path}/images", params={"take": 256, "skip": len(told)}).json():
                told += page
            present = {row["id"] for row in rows.images if row["removed"] is None and row["project_id"] == project}
            ids = [each["id"] for each in told]
            findings.expect(sorted(ids) == sorted(present), f"get_images tells {len(ids)} images of {len(present)}")
            for each in told:
                tags = sorted(tag["tagId"] for tag in each.get("tags") or [])
                findings.expect(tags == sorted(rows.tags.get(each["id"], [])), f"get_images: tags of {each['id']}")
                regions = len(each.get("regions") or [])
                findings.expect(regions == len(rows.boxes.get(each["id"], [])), f"get_images: boxes of {each['id']}")
                findings.expect(api.head(each["originalImageUri"]).status_code == 200, f"no image at {each['id']}")
            names = Counter(each["name"] for each in api.get(f"{path}/tags").json())
            expected = Counter(name for owner, name in ledger.tags.values() if owner == project)
            findings.expect(names == expected, f"tags: {names - expected} more, {expected - names} less")
            findings.counts["tags"] += len(names)
        for project, iteration in ledger.published.items():
            answer = api.post(
                f"/customvision/v3.0/Prediction/{project}/classify/iterations/current/image/nostore",
                files={"imageData": picture("circle", 999)},
            )
            findings.expect(answer.status_code == 200, f"the published name answers {answer.status_code}")
            told_iteration = answer.json().get("iteration")
            findings.expect(told_iteration == iteration, f"published {told_iteration}, not {iteration}")


def _check_leftovers(install: LiveInstall, findings: Findings) -> None:
    """No folder of a training, no upload, no half-made segment."""
    folders = [install.data / "training", install.data / "spool" / "predictions", Path(install.environment["TMPDIR"])]
    for base in folders:
        names = sorted(path.name for path in base.iterdir()) if base.is_dir() else []
        left = [name for name in names if not name.startswith(FOREIGN)]
        findings.expect(not left, f"left in {base}: {left[:5]}")


def _extension(row: dict[str, Any]) -> str:
    return {"image/jpeg": "jpg", "image/png": "png"}[row["media_type"]]


def _id(value: object) -> str:
    return str(UUID(str(value)))
