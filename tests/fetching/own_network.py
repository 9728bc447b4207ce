"""A network of its own: public, private and metadata addresses on loopback, a resolver, and servers that do badly.

`python -m tests.fetching.own_network`, in a namespace where it may set addresses, fetches and posts to everything in
`forged.py` and prints what became of each as JSON. The resolver is asked by the system's own library.
"""

import json
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from portal.fetching import FetchFailed, FetchLimits, ImageFetcher, post_json
from tests.fetching.forged import ANSWERS, REDIRECTS, REFUSED, TAKEN

PUBLIC, PUBLIC6 = "93.184.216.34", "2606:2800:220:1::1"
ADDRESSES = [
    PUBLIC, "169.254.169.254", "10.0.0.1", "172.16.0.1", "192.168.0.1", "100.64.0.1", "198.18.0.1",
    "100.100.100.200", "168.63.129.16", "192.0.0.192",
    PUBLIC6, "fd00:ec2::254", "fd20:ce::254", "fd00::1", "fec0::1", "2001:db8::1", "fe80::1", "fe80::a9fe:a9fe",
    "64:ff9b::7f00:1", "64:ff9b:1::7f00:1", "2002:7f00:1::1", "2606:4700::5efe:7f00:1",
]  # fmt: skip
# Names with what they are told at each asking, the last for ever; None: never answered.
NAMES: dict[str, list[list[str]] | None] = {
    "public.test": [[PUBLIC]],
    "public6.test": [[PUBLIC6]],
    "private.test": [["10.0.0.1"]],
    "metadata.test": [["169.254.169.254"]],
    "mixed.test": [[PUBLIC, "127.0.0.1"]],
    "mixed6.test": [[PUBLIC, "::1"]],
    "loopback6.test": [["::1"]],
    "rebinding.test": [[PUBLIC], ["127.0.0.1"]],
    "rebinding-back.test": [[PUBLIC], ["127.0.0.1"]],
    "slow.test": None,
}
LIMITS = FetchLimits(total_seconds=1.0, step_seconds=0.8, waiting_seconds=1.0)
MOST_BYTES = 100_000


class Resolver(threading.Thread):
    """DNS over UDP, port 53; counts what it is asked."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.asked: Counter[str] = Counter()
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 53))

    def run(self) -> None:
        while True:
            query, client = self._socket.recvfrom(2000)
            labels, at = [], 12
            while query[at]:
                labels.append(query[at + 1 : at + 1 + query[at]].decode("latin-1").lower())
                at += 1 + query[at]
            (kind,) = struct.unpack_from(">H", query, at + 1)
            name = ".".join(labels)
            family = {1: socket.AF_INET, 28: socket.AF_INET6}.get(kind, 0)
            answers = NAMES.get(name, [])
            if answers is None:
                continue
            # A and AAAA are asked for as one; which turn it is goes by the A.
            turn = self.asked[name] - (kind == 28)
            self.asked[name] += kind == 1
            told = answers[min(max(turn, 0), len(answers) - 1)] if answers else []
            records = b""
            for address in told:
                if (socket.AF_INET6 if ":" in address else socket.AF_INET) == family:
                    packed = socket.inet_pton(family, address)
                    records += struct.pack(">HHHIH", 0xC00C, kind, 1, 0, len(packed)) + packed
            count = sum((":" in address) == (kind == 28) for address in told) if family else 0
            head = query[:2] + struct.pack(">HHHHH", 0x8180 if name in NAMES else 0x8183, 1, count, 0, 0)
            self._socket.sendto(head + query[12 : at + 5] + records, client)


class Servers:
    """One listener for all IPv4 and one for all IPv6 addresses, port 80; keeps who was spoken to."""

    def __init__(self) -> None:
        self.hits: list[str] = []
        for family, address in ((socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::")):
            listener = socket.socket(family, socket.SOCK_STREAM)
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            listener.bind((address, 80))
            listener.listen(100)
            threading.Thread(target=self._accept, args=(listener,), daemon=True).start()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            client, _ = listener.accept()
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        try:
            self.hits.append(str(client.getsockname()[0]))
            request = client.recv(20_000).decode("latin-1")
            path = request.split(" ")[1].strip("/").partition("?")[0]
            ANSWER_OF.get(path, answer_ok)(client, path)
            client.shutdown(socket.SHUT_WR)
        except (OSError, IndexError):
            pass
        finally:
            client.close()


Answer = Callable[[socket.socket, str], None]


def answer_ok(client: socket.socket, path: str) -> None:
    client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")


def redirect(client: socket.socket, path: str) -> None:
    client.sendall(
        b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: " + REDIRECTS[path].encode("latin-1") + b"\r\n\r\n"
    )


def says(*pieces: bytes) -> Answer:
    return lambda client, path: client.sendall(b"".join(pieces))


def goes_on(head: bytes, piece: bytes, pause_seconds: float = 0.0) -> Answer:
    def serve(client: socket.socket, path: str) -> None:
        client.sendall(head)
        started = time.monotonic()
        while time.monotonic() - started < 8:
            client.sendall(piece)
            time.sleep(pause_seconds)

    return serve


OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
ANSWER_OF: dict[str, Answer] = {
    **dict.fromkeys(REDIRECTS, redirect),
    "on": says(b"HTTP/1.1 301 Moved\r\nLocation: ok\r\n\r\n"),
    "again": says(b"HTTP/1.1 302 Found\r\nLocation: http://rebinding-back.test/ok\r\n\r\n"),
    "silent": lambda client, path: time.sleep(8),
    "dribbling-head": goes_on(OK, b"X-A: b\r\n", 0.3),
    "dribbling-body": goes_on(OK + b"\r\n", b"x", 0.3),
    "endless": goes_on(OK + b"\r\n", b"x" * 10_000),
    "endless-head": goes_on(OK, b"X-A: b\r\n" * 500),
    "endless-interim": goes_on(b"", b"HTTP/1.1 100 Continue\r\n\r\n", 0.05),
    "long-head": says(OK, b"X-A: ", b"b" * 200_000, b"\r\n\r\nok"),
    "shorter": says(OK, b"Content-Length: 9\r\n\r\nok"),
    "longer": says(OK, b"Content-Length: 2\r\n\r\nok and more"),
    "negative": says(OK, b"Content-Length: -2\r\n\r\nok"),
    "two-lengths": says(OK, b"Content-Length: 2\r\nContent-Length: 3\r\n\r\nok "),
    "no-number": says(OK, b"Content-Length: 0x2\r\n\r\nok"),
    "huge-chunk": says(CHUNKED, b"f" * 30, b"\r\nok\r\n0\r\n\r\n"),
    "bad-chunk": says(CHUNKED, b"-2\r\nok\r\n0\r\n\r\n"),
    "endless-chunks": goes_on(CHUNKED, (b"64\r\n" + b"x" * 100 + b"\r\n") * 100),
    "not-http": says(b"SSH-2.0-OpenSSH_9.9\r\n"),
    "closing": says(),
    "status": says(b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n"),
    "partial": says(b"HTTP/1.1 206 Part\r\nContent-Length: 2\r\n\r\nok"),
}


def attempt(act: Callable[[], Any], servers: Servers) -> dict[str, Any]:
    """What became of it, how long it took, and which addresses were spoken to."""
    servers.hits.clear()
    started = time.monotonic()
    try:
        told = act()
        outcome = told.decode() if isinstance(told, bytes) else "sent"
        reason = ""
    except FetchFailed as failed:
        outcome, reason = str(failed), failed.reason
    except Exception as error:
        outcome, reason = repr(error), "ERROR"
    seconds = time.monotonic() - started
    time.sleep(0.005)
    return {"reason": reason, "outcome": outcome, "seconds": round(seconds, 2), "hits": list(servers.hits)}


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        names = Path(folder) / "resolv.conf"
        names.write_text("nameserver 127.0.0.1\noptions timeout:5 attempts:2\n")
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        for address in ADDRESSES:
            size = "128" if ":" in address else "32"
            subprocess.run(["ip", "address", "add", f"{address}/{size}", "dev", "lo"], check=True)
        subprocess.run(["mount", "--bind", str(names), "/etc/resolv.conf"], check=True)
        resolver, servers = Resolver(), Servers()
        resolver.start()
        fetcher = ImageFetcher(limits=LIMITS)
        found: dict[str, Any] = {}
        for url in (*REFUSED, *TAKEN, *(f"http://public.test/{name}" for name in ANSWERS), "http://slow.test/ok"):
            found[f"fetch {url}"] = attempt(lambda url=url: fetcher.fetch(url, MOST_BYTES), servers)  # type: ignore[misc]
        for url in (
            *REFUSED,
            *TAKEN,
            "http://public.test/silent",
            "http://public.test/dribbling-head",
            "http://slow.test/ok",
        ):
            found[f"post {url}"] = attempt(lambda url=url: post_json(url, {}, total_seconds=1.0), servers)  # type: ignore[misc]
        for turn in ("first", "second"):
            url = "http://rebinding.test/ok"
            found[f"rebinding {turn}"] = attempt(lambda url=url: fetcher.fetch(url, MOST_BYTES), servers)  # type: ignore[misc]
            found[f"rebinding {turn}"]["asked"] = resolver.asked["rebinding.test"]
        found["rebinding on the way"] = attempt(
            lambda: fetcher.fetch("http://rebinding-back.test/again", MOST_BYTES), servers
        )
        private = ImageFetcher(allow_private=True, limits=LIMITS)
        for host in (
            "169.254.169.254",
            "100.100.100.200",
            "168.63.129.16",
            "[fd00:ec2::254]",
            "metadata.test",
            "10.0.0.1",
        ):
            url = f"http://{host}/ok"
            found[f"allowed {url}"] = attempt(lambda url=url: private.fetch(url, MOST_BYTES), servers)  # type: ignore[misc]
        json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
