"""The application is loaded before the workers are forked."""

import json
import subprocess
import sys
from pathlib import Path

from tests.intake.granian_process import ROOT

LOADED = """
import json, os, sys, threading
import portal.granian_server
portal.granian_server.load()
from django.db import connections
print(json.dumps({
    "threads": len(os.listdir("/proc/self/task")) if sys.platform == "linux" else threading.active_count(),
    "connections": [each.alias for each in connections.all(initialized_only=True) if each.connection is not None],
    "has_views": "portal.urls" in sys.modules,
    "not_needed": sorted({"torch", "onnx", "cv2", "scipy"} & set(sys.modules)),
}))
"""


def test_loading_starts_no_thread_and_opens_no_connection(tmp_path: Path) -> None:
    environment = {
        "DJANGO_SETTINGS_MODULE": "portal.settings",
        "SIGHTLINE_DATA": str(tmp_path),
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "PATH": "/usr/bin:/bin",
    }
    answer = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", LOADED], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert answer.returncode == 0, answer.stderr
    assert json.loads(answer.stdout) == {"threads": 1, "connections": [], "has_views": True, "not_needed": []}
