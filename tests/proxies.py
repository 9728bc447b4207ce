"""Two small proxies on loopback: one before our servers, and one that stands in for a name server."""

import asyncio
import ssl
import threading
from collections.abc import Sequence
from itertools import cycle
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

LONGEST_HEAD = 64 * 1024
PIECE = 64 * 1024


class _Proxy:
    """Listens on 127.0.0.1 while the `with` lasts, in a thread of its own."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self._tls = tls
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxy", daemon=True)
        self.port = 0

    def __enter__(self) -> Self:
        self._thread.start()
        starting = asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self._tls, limit=LONGEST_HEAD)
        self._listener = asyncio.run_coroutine_threadsafe(starting, self._loop).result(10)
        self.port = self._listener.sockets[0].getsockname()[1]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _stop(self) -> None:
        self._listener.close()
        rest = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)

    async def _serve(self, client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        to_server = None
        try:
            head = await client.readuntil(b"\r\n\r\n")
            host, port = self.server_for(head)
            server, to_server = await asyncio.open_connection(host, port)
            self.begin(head, to_client, to_server)
            sending = asyncio.ensure_future(_pump(client, to_server))
            await _pump(server, to_client)
            sending.cancel()
        except (OSError, asyncio.IncompleteReadError):
            pass  # a client or a server that went away
        finally:
            for writer in (to_client, to_server):
                if writer is not None:
                    writer.close()

    def server_for(self, head: bytes) -> tuple[str, int]:
        raise NotImplementedError

    def begin(self, head: bytes, to_client: asyncio.StreamWriter, to_server: asyncio.StreamWriter) -> None:
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

    def begin(self, head: bytes, to_client: asyncio.StreamWriter, to_server: asyncio.StreamWriter) -> None:
        first, *headers = head[:-4].split(b"\r\n")
        kept = [line for line in headers if line.partition(b":")[0].lower() not in (b"connection", b"keep-alive")]
        peer = str(to_client.get_extra_info("peername")[0]).encode()
        scheme = b"https" if self._tls is not None else b"http"
        added = [b"Connection: close", b"X-Forwarded-For: " + peer, b"X-Forwarded-Proto: " + scheme]
        to_server.write(b"\r\n".join([first, *kept, *added, b"", b""]))


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

    def begin(self, head: bytes, to_client: asyncio.StreamWriter, to_server: asyncio.StreamWriter) -> None:
        to_client.write(b"HTTP/1.1 200 Connection established\r\n\r\n")


async def _pump(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    while piece := await source.read(PIECE):
        target.write(piece)
        await target.drain()
