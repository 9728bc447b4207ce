"""One supervisor to a data folder."""

import fcntl
import os
from pathlib import Path
from typing import IO


class AlreadyRunning(Exception):
    """Another supervisor holds the folder; `pid` is its process id where it could be read."""

    def __init__(self, pid: int | None) -> None:
        super().__init__(f"already running as process {pid}")
        self.pid = pid


class InstallLock:
    """Held until the process ends; the system lets go of it even after kill -9."""

    def __init__(self, run_folder: Path, name: str) -> None:
        run_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._path = run_folder / f"{name}.lock"
        self._file: IO[str] | None = None

    def take(self) -> None:
        """Raises AlreadyRunning."""
        file = self._path.open("a+")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            content = file.read().strip()
            file.close()
            raise AlreadyRunning(int(content) if content.isdigit() else None) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        self._file = file

    def release(self) -> None:
        """Let another supervisor have the folder."""
        if self._file is not None:
            self._file.close()
            self._file = None
