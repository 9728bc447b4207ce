"""Bodies that never end, on granian, over sockets: each is cut off, the slow ones with an answer."""

import select
import socket
import time
from collections.abc import Iterator

import pytest

from tests.intake.granian_process import granian, receive_answer, send

HEAD = b"POST %s HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
PIECE = b"%x\r\n" % 65_536 + b"a" * 65_536 + b"\r\n"
# The ceiling of 3 MB, what is drained for the sake of the answer (20 MB), and what lies in buffers between.
MOST_SENT = 40_000_000


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with granian("tests.intake.echo_app:app", threads=4) as port:
        yield port


def is_serving(port: int) -> bool:
    return send(port, b"POST /x HTTP/1.1\nHost: x\nContent-Length: 5\n\n", b"hello").startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize("path", [b"/x", b"/refuse"])
def test_a_body_that_comes_fast_and_never_ends_is_cut_off(port: int, path: bytes) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=60) as client:
        client.sendall(HEAD % path)
        sent = sent_until_cut_off(client)
    assert sent < MOST_SENT
    assert is_serving(port)


def sent_until_cut_off(client: socket.socket) -> int:
    sent = 0
    try:
        while sent < 2 * MOST_SENT:
            client.sendall(PIECE)
            sent += len(PIECE)
    except OSError:
        pass
    return sent


def test_bodies_that_come_slowly_and_never_end_are_answered_in_time(port: int) -> None:
    clients = [socket.create_connection(("127.0.0.1", port), timeout=60) for _ in range(6)]
    for client in clients:
        client.sendall(HEAD % b"/x")
    waiting = list(clients)
    started = time.monotonic()
    while waiting and time.monotonic() - started < 30:
        for client in waiting:
            client.sendall(b"1\r\na\r\n")
        answered = select.select(waiting, [], [], 0.1)[0]
        for client in answered:
            assert receive_answer(client).startswith(b"HTTP/1.1 408 ")
            waiting.remove(client)
            client.close()
    assert waiting == []
    assert is_serving(port)
