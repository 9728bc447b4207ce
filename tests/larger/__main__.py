"""`python -m tests.larger COMMAND...` runs a command on a larger install: its tests' `live_install` is that one.

PostgreSQL, Valkey over TCP, S3, two web hosts behind a proxy, two training workers. As root, each in what its
container would give it.
"""

import json
import os
import subprocess
import sys

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")

from tests.larger.topology import larger_install


def main() -> int:
    if len(sys.argv) < 2:
        print(__doc__, file=sys.stderr)
        return 2
    with larger_install() as install:
        facts = {**install.keys, "data": str(install.data("web-1")), "environment": dict(install.environment)}
        environment = {**os.environ, "SIGHTLINE_RUNNING_INSTALL": json.dumps(facts)}
        environment.pop("DJANGO_SETTINGS_MODULE")
        return subprocess.run(sys.argv[1:], env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
