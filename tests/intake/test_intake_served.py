"""The same on granian, over sockets: what its streams really do."""

import json
import socket
import threading
import time
from collections.abc import Iterator

import pytest

from tests.intake.granian_process import granian, receive_answer, send


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with granian("tests.intake.echo_app:app", threads=8) as port:
        yield port


def content_of(answer: bytes) -> dict[str, object]:
    content: dict[str, object] = json.loads(answer.partition(b"\r\n\r\n")[2])
    return content


def test_chunked_bodies_arrive_whole(port: int) -> None:
    pieces = [b"%x\r\n" % 60_000 + b"a" * 60_000 + b"\r\n"] * 20 + [b"5\r\nhello\r\n", b"0\r\n\r\n"]
    answer = send(
        port, b"POST /customvision/v3.1/Training/x HTTP/1.1\nHost: x\nTransfer-Encoding: chunked\n\n", *pieces
    )
    assert content_of(answer) == {
        "path": "/customvision/v3.1/training/x",
        "version": "v3.1",
        "length": "1200005",
        "encoding": None,
        "received": 1_200_005,
        "last": "hello",
    }


def test_a_large_refused_body_still_gets_its_answer_and_the_connection_lives_on(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=20) as client:
        for _ in range(3):
            client.sendall(b"POST /refuse HTTP/1.1\r\nHost: x\r\nContent-Length: 2900000\r\n\r\n")
            client.sendall(b"a" * 2_900_000)
            assert receive_answer(client).startswith(b"HTTP/1.1 401 ")
        client.sendall(b"POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc")
        assert content_of(receive_answer(client))["received"] == 3


def test_a_body_over_the_ceiling_gets_413(port: int) -> None:
    answer = send(port, b"POST /x HTTP/1.1\nHost: x\nContent-Length: 9000000\n\n", b"a" * 9_000_000)
    assert answer.startswith(b"HTTP/1.1 413 ")


def test_clients_that_dribble_get_408_and_stall_nobody(port: int) -> None:
    stalled = [socket.create_connection(("127.0.0.1", port), timeout=30) for _ in range(4)]
    for client in stalled:
        client.sendall(b"POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 200\r\n\r\na")
    dribbling = threading.Event()

    def dribble() -> None:
        while not dribbling.wait(0.2):
            for client in stalled:
                client.sendall(b"a")

    thread = threading.Thread(target=dribble)
    thread.start()
    try:
        slowest = 0.0
        for _ in range(40):
            started = time.monotonic()
            answer = send(port, b"POST /x HTTP/1.1\nHost: x\nContent-Length: 5\n\n", b"hello")
            assert content_of(answer)["received"] == 5
            slowest = max(slowest, time.monotonic() - started)
        assert slowest < 0.5
        for client in stalled:
            assert receive_answer(client).startswith(b"HTTP/1.1 408 ")
    finally:
        dribbling.set()
        thread.join()
        for client in stalled:
            client.close()
    answer = send(port, b"POST /x HTTP/1.1\nHost: x\nContent-Length: 5\n\n", b"hello")
    assert content_of(answer)["received"] == 5


def test_a_client_that_hangs_up_does_no_harm(port: int) -> None:
    for _ in range(20):
        with socket.create_connection(("127.0.0.1", port), timeout=20) as client:
            client.sendall(b"POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 200\r\n\r\nabc")
    answer = send(port, b"POST /x HTTP/1.1\nHost: x\nContent-Length: 5\n\n", b"hello")
    assert content_of(answer)["received"] == 5


def test_many_that_never_send_nor_hang_up_do_not_end_the_service() -> None:
    """Each holds a thread for good: with enough of them the worker is replaced."""
    respawned = ("--respawn-failed-workers", "--respawn-interval", "0.1")
    with granian("tests.intake.echo_app:crowded_app", None, 12, *respawned) as port:
        stalled = []

        def stall(count: int) -> None:
            for _ in range(count):
                client = socket.create_connection(("127.0.0.1", port), timeout=20)
                client.sendall(b"POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 200\r\n\r\na")
                stalled.append(client)

        stall(8)
        started = time.monotonic()
        for client in stalled:
            assert receive_answer(client).startswith(b"HTTP/1.1 408 ")
        assert time.monotonic() - started < 10  # not thirty seconds, since there are many
        assert send(port, b"POST /x HTTP/1.1\nHost: x\nContent-Length: 5\n\n", b"hello").startswith(b"HTTP/1.1 200 ")
        stall(4)
        for client in stalled:
            try:
                while client.recv(1000):
                    pass
            except ConnectionResetError:
                pass
        deadline = time.monotonic() + 20
        while True:
            try:
                answer = send(port, b"POST /x HTTP/1.1\nHost: x\nContent-Length: 5\n\n", b"hello")
                break
            except (ConnectionError, AssertionError):
                assert time.monotonic() < deadline
                time.sleep(0.1)
        assert content_of(answer)["received"] == 5
        for client in stalled:
            client.close()
