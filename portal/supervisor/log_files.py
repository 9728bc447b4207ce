"""The logs folder: one file a process, rotated."""

import sys
from pathlib import Path
from typing import IO

MAXIMUM_BYTES = 10 * 1024 * 1024
KEPT = 5


class LogFile:
    """Takes what a process prints; keeps the last five full files as NAME.log.1 to .5."""

    def __init__(self, folder: Path, name: str, *, is_shown: bool) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.path = folder / f"{name}.log"
        self._name = name
        self._is_shown = is_shown

    def copy_from(self, pipe: IO[bytes]) -> None:
        """Copy lines until the other end closes. A full disk must not stop the process, so errors drop lines."""
        file: IO[bytes] | None = None
        try:
            for line in pipe:
                if self._is_shown:
                    sys.stdout.write(f"{self._name:9}| {line.decode(errors='replace')}")
                    sys.stdout.flush()
                try:
                    if file is None or file.closed:
                        file = self._open()
                    if file.tell() + len(line) > MAXIMUM_BYTES:
                        file.close()
                        self._rotate()
                        file = self._open()
                    file.write(line)
                except OSError:
                    continue
        finally:
            if file is not None:
                file.close()
            pipe.close()

    def _open(self) -> IO[bytes]:
        # Without a buffer: what a full disk did not take would be tried again, and fail again, when it is closed.
        return self.path.open("ab", buffering=0)

    def _rotate(self) -> None:
        for number in range(KEPT - 1, 0, -1):
            older = self.path.with_name(f"{self.path.name}.{number}")
            if older.exists():
                older.replace(self.path.with_name(f"{self.path.name}.{number + 1}"))
        self.path.replace(self.path.with_name(f"{self.path.name}.1"))
