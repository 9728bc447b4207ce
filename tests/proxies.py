"""Two small proxies on loopback: one before our servers, and one that stands in for a name server."""

import select
import socket
import ssl
import threading
from collections.abc import Sequence
from itertools import cycle
from socketserver import BaseRequestHandler, ThreadingTCPServer
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

LONGEST_HEAD = 64 * 1024
PIECE = 64 * 1024


class _Relay(BaseRequestHandler):
    """One connection: the head is read, the rest goes both ways until one end is through."""

    server: "_Proxy"

    def handle(self) -> None:
        client: socket.socket = self.request
        try:
            if self.server.tls is not None:
                client = self.server.tls.wrap_socket(client, server_side=True)
            with client:
                head, rest = _read_head(client)
                if not head:
                    return
                with socket.create_connection(self.server.server_for(head), timeout=30) as server:
                    server.settimeout(None)
                    self.server.begin(head, self.client_address[0], client, server)
                    server.sendall(rest)
                    _relay(client, server)
        except OSError:
            pass  # a client or a server that went away


class _Proxy(ThreadingTCPServer):
    """Listens on 127.0.0.1 while the `with` lasts, in threads of its own."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        super().__init__(("127.0.0.1", 0), _Relay)
        self.tls = tls
        self.port = int(self.server_address[1])
        self._thread = threading.Thread(target=self.serve_forever, args=(0.05,), name="proxy", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.shutdown()
        self._thread.join(10)
        self.server_close()

    def server_for(self, head: bytes) -> tuple[str, int]:
        raise NotImplementedError

    def begin(self, head: bytes, peer: str, client: socket.socket, server: socket.socket) -> None:
        raise NotImplementedError


class ReverseProxy(_Proxy):
    """Each request goes to the next server, with X-Forwarded-*; over TLS where a context is given.

    One request a connection: where it ends need not be known, then.
    """

    def __init__(self, servers: Sequence[str], tls: ssl.SSLContext | None = None) -> None:
        super().__init__(tls)
        self._servers = cycle(servers)

    def server_for(self, head: bytes) -> tuple[str, int]:
        parts = urlsplit(next(self._servers))
        assert parts.hostname is not None
        assert parts.port is not None
        return parts.hostname, parts.port

    def begin(self, head: bytes, peer: str, client: socket.socket, server: socket.socket) -> None:
        first, *headers = head[:-4].split(b"\r\n")
        kept = [line for line in headers if line.partition(b":")[0].lower() not in (b"connection", b"keep-alive")]
        scheme = b"https" if self.tls is not None else b"http"
        added = [b"Connection: close", b"X-Forwarded-For: " + peer.encode(), b"X-Forwarded-Proto: " + scheme]
        server.sendall(b"\r\n".join([first, *kept, *added, b"", b""]))


class ConnectProxy(_Proxy):
    """Leads every host name to one port of this machine; clients find it by HTTPS_PROXY."""

    def __init__(self, port: int) -> None:
        super().__init__()
        self._target = port
        self.names: set[str] = set()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def server_for(self, head: bytes) -> tuple[str, int]:
        method, name, _ = head.split(b" ", 2)
        if method != b"CONNECT":
            raise ConnectionRefusedError(method)
        self.names.add(name.decode())
        return "127.0.0.1", self._target

    def begin(self, head: bytes, peer: str, client: socket.socket, server: socket.socket) -> None:
        client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")


def _read_head(client: socket.socket) -> tuple[bytes, bytes]:
    """Up to the empty line, and what came behind it already."""
    received = b""
    while b"\r\n\r\n" not in received and len(received) < LONGEST_HEAD:
        piece = client.recv(PIECE)
        if not piece:
            return b"", b""
        received += piece
    head, separator, rest = received.partition(b"\r\n\r\n")
    return head + separator, rest


def _relay(one: socket.socket, other: socket.socket) -> None:
    """In one thread: a TLS connection may not be read and written by two."""
    across = {one: other, other: one}
    while True:
        waiting = [end for end in across if isinstance(end, ssl.SSLSocket) and end.pending()]
        for end in waiting or select.select(list(across), [], [])[0]:
            piece = end.recv(PIECE)
            if not piece:
                return
            across[end].sendall(piece)
