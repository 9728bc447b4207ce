"""A real granian on this machine, for as long as a test needs it."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def granian(app: str, environment: Mapping[str, str] | None = None, threads: int = 8, *options: str) -> Iterator[int]:
    """Serve `module:app` with one worker; gives the port."""
    port = free_port()
    server = subprocess.Popen(
        [
            *(sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)),
            *("--workers", "1", "--blocking-threads", str(threads), "--log-level", "error", *options, app),
        ],
        cwd=ROOT,
        env={**os.environ, **(environment or {})},
    )
    try:
        deadline = time.monotonic() + 60
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                assert server.poll() is None, "granian ended"
                assert time.monotonic() < deadline, "granian did not start"
                time.sleep(0.05)
        yield port
    finally:
        server.terminate()
        server.wait(timeout=20)


def send(port: int, head: bytes, *pieces: bytes, pause: float = 0.0, timeout: float = 20.0) -> bytes:
    """One request over a raw socket; all of the first answer, headers and body."""
    with socket.create_connection(("127.0.0.1", port), timeout=timeout) as client:
        client.sendall(head.replace(b"\n", b"\r\n"))
        for piece in pieces:
            client.sendall(piece)
            time.sleep(pause)
        return receive_answer(client)


def receive_answer(client: socket.socket) -> bytes:
    answer = b""
    while b"\r\n\r\n" not in answer:
        answer += _more(client)
    headers, _, content = answer.partition(b"\r\n\r\n")
    length = next(
        int(line.split(b":")[1]) for line in headers.split(b"\r\n") if line.lower().startswith(b"content-length")
    )
    while len(content) < length:
        content += _more(client)
    return headers + b"\r\n\r\n" + content


def _more(client: socket.socket) -> bytes:
    data = client.recv(65536)
    assert data, "the connection was closed before an answer"
    return data
