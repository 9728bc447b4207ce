"""A small reverse proxy: each connection goes to the next server, with X-Forwarded-* as proxies add them."""

import asyncio
import ssl
import threading
from collections.abc import Sequence
from itertools import cycle
from types import TracebackType
from urllib.parse import urlsplit

LONGEST_HEAD = 64 * 1024
PIECE = 64 * 1024


class ReverseProxy:
    """Listens on 127.0.0.1 while the `with` lasts, over TLS where a context is given."""

    def __init__(self, servers: Sequence[str], tls: ssl.SSLContext | None = None) -> None:
        self._servers = cycle(servers)
        self._tls = tls
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="reverse proxy", daemon=True)
        self.port = 0
        self.requests = 0

    def __enter__(self) -> "ReverseProxy":
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
        """One request a connection: where it ends need not be known, then."""
        to_server = None
        try:
            head = await client.readuntil(b"\r\n\r\n")
            server = urlsplit(next(self._servers))
            self.requests += 1
            reader, to_server = await asyncio.open_connection(server.hostname, server.port)
            to_server.write(self._forwarded(head, to_client.get_extra_info("peername")[0]))
            sending = asyncio.ensure_future(_pump(client, to_server))
            await _pump(reader, to_client)
            sending.cancel()
        except (OSError, asyncio.IncompleteReadError):
            pass  # a client or a server that went away
        finally:
            for writer in (to_client, to_server):
                if writer is not None:
                    writer.close()

    def _forwarded(self, head: bytes, peer: str) -> bytes:
        first, *headers = head[:-4].split(b"\r\n")
        kept = [line for line in headers if line.partition(b":")[0].lower() not in (b"connection", b"keep-alive")]
        scheme = b"https" if self._tls is not None else b"http"
        added = [b"Connection: close", b"X-Forwarded-For: " + peer.encode(), b"X-Forwarded-Proto: " + scheme]
        return b"\r\n".join([first, *kept, *added, b"", b""])


async def _pump(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    while piece := await source.read(PIECE):
        target.write(piece)
        await target.drain()
