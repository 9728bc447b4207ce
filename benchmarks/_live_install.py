"""An install of its own for a benchmark: started on a free port and a temporary data folder, stopped at the end."""

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
READY_WITHIN_SECONDS = 120


@dataclass(frozen=True)
class LiveInstall:
    """What a client needs to know, and the data folder."""

    endpoint: str
    training_key: str
    prediction_key: str
    prediction_resource_id: str
    data: Path


@contextmanager
def live_install() -> Iterator[LiveInstall]:
    """Start web, workers and broker as `manage.py up` does; stop them when the `with` is left."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory(prefix="sightline-bench-") as folder:
        data = Path(folder) / "data"
        manage = [sys.executable, str(ROOT / "manage.py")]
        log = (Path(folder) / "up.log").open("wb")
        process = subprocess.Popen(
            [*manage, "up", "--data", str(data), "--port", str(port)], stdout=log, stderr=log, cwd=ROOT
        )
        try:
            _wait_until_ready(f"http://127.0.0.1:{port}/readyz", process, Path(folder) / "up.log")
            keys = json.loads(
                subprocess.check_output(
                    [*manage, "keys", "--json", "--data", str(data)], cwd=ROOT, env=os.environ | {"NO_COLOR": "1"}
                )
            )
            yield LiveInstall(
                keys["endpoint"], keys["trainingKey"], keys["predictionKey"], keys["predictionResourceId"], data
            )
        finally:
            process.terminate()
            process.wait(30)
            log.close()


def _wait_until_ready(address: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + READY_WITHIN_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(address, timeout=2) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.2)
    raise SystemExit(f"the install did not get ready:\n{log.read_text()[-4000:]}")
