"""A backup that is made while the install is at work, and what comes of it elsewhere."""

import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from uuid import uuid4

import pytest
from azure.cognitiveservices.vision.customvision.training.models import ImageFileCreateBatch, ImageFileCreateEntry

from tests.ground.restored import PUBLISHED, facts_of, predict, trainer_of
from tests.ground.test_supervisor import eventually
from tests.labeling.uploading import plain
from tests.larger.servers import postgres_binary
from tests.live_install import (
    ROOT,
    LiveInstall,
    free_port,
    keys,
    own_environment,
    start,
    stop,
    wait_until_ready,
)
from tests.wire.clients.conftest import COLORS, complete

DOCUMENTATION = (ROOT / "docs" / "operating.md").read_text()


def colors_project(install: LiveInstall) -> str:
    """A published classifier of red and green; its id."""
    trainer = trainer_of(install.endpoint, keys(install.data, install.environment))
    project = trainer.create_project(f"Kept {uuid4()}", classification_type="Multiclass")
    entries = []
    for name, (red, green, blue) in COLORS.items():
        tag = trainer.create_tag(project.id, name)
        shades = [plain(color=(red, green, blue + number)) for number in range(5)]
        entries += [ImageFileCreateEntry(contents=shade, tag_ids=[tag.id]) for shade in shades]
    assert trainer.create_images_from_files(project.id, ImageFileCreateBatch(images=entries)).is_batch_successful
    iteration_id = complete(install, "tests/wire/clients/fabricated_classifier.py", project.id)
    trainer.publish_iteration(project.id, iteration_id, PUBLISHED, install.prediction_resource_id)
    return str(project.id)


def sightline(environment: Mapping[str, str], *words: str) -> "subprocess.CompletedProcess[str]":
    """The one script, as the documentation has it; on PostgreSQL with the programs of the server's version."""
    assert f"./sightline {words[0]} " in DOCUMENTATION
    command, variables = [sys.executable, str(ROOT / "sightline"), *words], dict(environment)
    if "DATABASE_URL" in variables:
        variables["PATH"] = f"{postgres_binary('pg_dump').parent}:{variables['PATH']}"
    return subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True)


@pytest.mark.timeout(900)
def test_restored_elsewhere_it_has_the_same_keys_addresses_and_answers(
    live_install: LiveInstall, tmp_path: Path
) -> None:
    told, project_id = keys(live_install.data, live_install.environment), colors_project(live_install)
    folder, acknowledged, stopped = tmp_path / "backup", [], threading.Event()

    def predict_on() -> None:
        while not stopped.wait(0.1):
            acknowledged.append(predict(live_install.endpoint, told, project_id, is_stored=True)[0])

    caller = threading.Thread(target=predict_on)
    caller.start()
    try:
        eventually(lambda: len(acknowledged) >= 5)
        first = sightline(live_install.environment, "backup", str(folder), "--data", str(live_install.data))
        assert "Backed up to" in first.stdout, first.stderr
        before_the_second = list(acknowledged)
        second = sightline(live_install.environment, "backup", str(folder), "--data", str(live_install.data))
        assert "Backed up to" in second.stdout, second.stderr
    finally:
        stopped.set()
        caller.join()
    eventually(lambda: not list((live_install.data / "spool").rglob("*.segment")))
    there = facts_of(live_install.endpoint, told, project_id)

    environment, data, port = own_environment(), tmp_path / "elsewhere", free_port()
    restored = sightline(environment, "restore", str(folder), "--data", str(data))
    assert "Restored from" in restored.stdout, restored.stderr
    endpoint = f"http://127.0.0.1:{port}"
    process = start(data, environment, port)
    try:
        wait_until_ready(process, endpoint, data)
        eventually(lambda: not list((data / "spool").rglob("*.segment")))
        here = facts_of(endpoint, keys(data, environment), project_id)
        assert (here.keys, here.answer) == (there.keys, there.answer)
        assert here.files.items() <= there.files.items()
        assert {path for path in there.files if "/predictions/" not in path} <= set(here.files)
        assert set(before_the_second) <= here.predictions <= set(acknowledged)
        refused = sightline(environment, "restore", str(folder), "--data", str(data))
        assert (refused.returncode, "The database is not empty." in refused.stderr) == (1, True)
    finally:
        stop(process)
