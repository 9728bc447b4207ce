"""The backup of a larger install, by the commands of docs/operating.md, restored into another database and bucket."""

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from tests.ground.restored import facts_of, predict
from tests.ground.test_backup import colors_project
from tests.ground.test_supervisor import eventually
from tests.larger.jail import can_jail, python_inside, seen_folder
from tests.larger.topology import LargerInstall, is_ready, new_host, start_host
from tests.live_install import ROOT, free_port, keys, stop, told_install

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

HOST = "web-3"


def documented() -> list[str]:
    """The three commands of Compose, without the services' names and the redirections."""
    lines = re.findall(r"^docker compose .*$", (ROOT / "docs" / "operating.md").read_text(), re.MULTILINE)
    backup, pack, unpack = [line for line in lines if "/data/backup" in line]
    first = backup.removeprefix("docker compose exec web ")
    second = pack.removeprefix("docker compose exec -T web ").removesuffix(" > sightline.tar")
    third = shlex.split(unpack.removesuffix(" < sightline.tar"))[-1]
    assert not any(words.startswith("docker") for words in (first, second, third))
    return [first, second, third]


def as_seen(words: str, install: LargerInstall, host: str) -> str:
    """With the paths that things have there."""
    folder, python = (seen_folder(host), python_inside()) if can_jail() else (install.data(host), sys.executable)
    return words.replace("/data/", f"{folder}/").replace("python ", f"{python} ")


def test_restored_elsewhere_it_has_the_same_keys_addresses_and_answers(install: LargerInstall, tmp_path: Path) -> None:
    facts = {**install.keys, "data": str(install.data("web-1")), "environment": dict(install.environment)}
    project_id = colors_project(told_install(facts))
    stored = {predict(address, install.keys, project_id, is_stored=True)[0] for address in install.web}
    eventually(lambda: facts_of(install.endpoint, install.keys, project_id).predictions == stored)
    there = facts_of(install.endpoint, install.keys, project_id)
    backup, pack, unpack = documented()
    shell = "import subprocess, sys; sys.exit(subprocess.call(['sh', '-c', sys.argv[1]]))"
    done = install.exec("web-1", "-c", shell, as_seen(backup, install, "web-1"))
    assert "Backed up to" in done.stdout, done.stderr
    archive = tmp_path / "sightline.tar"
    with archive.open("wb") as file:
        assert install.exec("web-1", "-c", shell, as_seen(pack, install, "web-1"), stdout=file).returncode == 0

    with psycopg.connect(install.environment["DATABASE_URL"], autocommit=True) as connection:
        connection.execute("CREATE DATABASE restored")
    environment = {
        **install.environment,
        "DATABASE_URL": install.environment["DATABASE_URL"].rpartition("/")[0] + "/restored",
        "SIGHTLINE_STORAGE": "s3://restored/files",
        "BROKER_URL": install.environment["BROKER_URL"].rpartition("/")[0] + "/1",
    }
    words = ["-c", shell, as_seen(unpack, install, HOST)]
    with archive.open("rb") as file:
        command = new_host(HOST, install.folder, environment, words)
        restored = subprocess.run(**command, stdin=file, capture_output=True, text=True)
    assert "Restored from" in restored.stdout, restored.stderr

    port = free_port()
    process, endpoint = start_host(HOST, "web", install.folder, environment, port), f"http://127.0.0.1:{port}"
    try:
        eventually(lambda: "Ready after" in install.log(HOST), 120)
        assert not is_ready(endpoint)  # it has no workers of its own
        told = keys(install.data(HOST), environment)
        here = facts_of(endpoint, told, project_id)
        assert json.dumps(here.keys) == json.dumps(there.keys)
        assert (here.files, here.answer, here.predictions) == (there.files, there.answer, there.predictions)
    finally:
        stop(process)
