"""Callers on raw sockets to 127.0.0.1, each sending its next request when the answer is there."""

import socket
import threading
import time
from dataclasses import dataclass, field


@dataclass
class LoadResult:
    """What the callers saw."""

    seconds: float
    times_ms: list[float] = field(default_factory=list)
    errors: int = 0

    @property
    def count(self) -> int:
        return len(self.times_ms)

    @property
    def per_second(self) -> float:
        return self.count / self.seconds

    @property
    def p50_ms(self) -> float:
        return percentile(self.times_ms, 0.50)

    @property
    def p99_ms(self) -> float:
        return percentile(self.times_ms, 0.99)


def percentile(values: list[float], share: float) -> float:
    """The value that this share of all does not pass; infinite where there is none."""
    return sorted(values)[int(len(values) * share)] if values else float("inf")


def run_load(port: int, request: bytes, callers: int, seconds: float) -> LoadResult:
    """Send `request` from `callers` connections for `seconds`."""
    result = LoadResult(seconds)
    stop_at = time.perf_counter() + seconds
    threads = [threading.Thread(target=_call, args=(port, request, stop_at, result)) for _ in range(callers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return result


def _call(port: int, request: bytes, stop_at: float, result: LoadResult) -> None:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=30) as client:
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            while (started := time.perf_counter()) < stop_at:
                client.sendall(request)
                if read_answer(client).startswith(b"HTTP/1.1 200"):
                    result.times_ms.append((time.perf_counter() - started) * 1000)
                else:
                    result.errors += 1
    except OSError:
        result.errors += 1


def read_answer(client: socket.socket) -> bytes:
    """Head and body of one answer. Raises ConnectionError when the server hangs up before its end."""
    answer = _more(client)
    while b"\r\n\r\n" not in answer:
        answer += _more(client)
    head, separator, body = answer.partition(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
    while len(body) < length:
        body += _more(client)
    return head + separator + body


def _more(client: socket.socket) -> bytes:
    data = client.recv(65536)
    if not data:
        raise ConnectionError("the server hung up")
    return data
