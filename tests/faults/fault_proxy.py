"""A TCP proxy before a server that can be told to refuse, or to take what is sent and say nothing."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

PASS, REFUSE, HANG = "pass", "refuse", "hang"
CHUNK_BYTES = 65_536


class FaultProxy:
    """`mode` counts for connections and for every piece that passes, from the moment it is set."""

    def __init__(self, target_port: int) -> None:
        self.mode = PASS
        self._target_port = target_port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._open: set[socket.socket] = set()
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Stop listening and drop every connection."""
        self._listener.close()
        self.drop()

    def drop(self) -> None:
        for each in list(self._open):
            _close(each)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            if self.mode == REFUSE:
                client.close()
                continue
            server = socket.create_connection(("127.0.0.1", self._target_port))
            self._open |= {client, server}
            for source, target in ((client, server), (server, client)):
                threading.Thread(target=self._pump, args=(source, target), daemon=True).start()

    def _pump(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(CHUNK_BYTES):
                if self.mode == REFUSE:
                    break
                if self.mode == HANG:
                    continue
                target.sendall(data)
        for each in (source, target):
            _close(each)
            self._open.discard(each)


@contextmanager
def fault_proxy(target_port: int) -> Iterator[FaultProxy]:
    proxy = FaultProxy(target_port)
    try:
        yield proxy
    finally:
        proxy.close()


def _close(connection: socket.socket) -> None:
    # Whoever waits in recv on it is woken by this alone.
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()
