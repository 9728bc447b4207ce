"""Fetching by URL, with servers on loopback alone."""

import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address

import pytest

from portal.fetching import FetchFailed, FetchLimits, ImageFetcher
from portal.fetching.addresses import is_allowed

LIMITS = FetchLimits(total_seconds=1.0, step_seconds=0.5, waiting_seconds=0.2, concurrent=2)
MOST = 1000


class Handler(BaseHTTPRequestHandler):
    hits: list[str]

    def do_GET(self) -> None:
        self.server.hits.append(self.path)  # type: ignore[attr-defined]
        name, _, argument = self.path.removeprefix("/").partition("/")
        getattr(self, f"serve_{name}")(argument)

    def serve_bytes(self, argument: str) -> None:
        self.answer(200, b"x" * int(argument))

    def serve_unmeasured(self, argument: str) -> None:
        self.send_response(200)
        self.end_headers()
        for _ in range(int(argument) // 100):
            self.wfile.write(b"x" * 100)

    def serve_redirect(self, argument: str) -> None:
        count, _, target = argument.partition("/")
        location = f"/redirect/{int(count) - 1}/{target}" if int(count) > 1 else f"/{target}"
        self.answer(302, b"moved", Location=location)

    def serve_away(self, argument: str) -> None:
        self.answer(302, b"moved", Location=argument)

    def serve_status(self, argument: str) -> None:
        self.answer(int(argument), b"no")

    def serve_stall(self, argument: str) -> None:
        time.sleep(3)

    def serve_dribble(self, argument: str) -> None:
        self.send_response(200)
        self.end_headers()
        for _ in range(40):
            self.wfile.write(b"x")
            self.wfile.flush()
            time.sleep(0.1)

    def serve_headers(self, argument: str) -> None:
        self.answer(200, "|".join(f"{name}={self.headers[name]}" for name in ("Host", "Cookie")).encode())

    def serve_liar(self, argument: str) -> None:
        self.answer(200, b"short", **{"Content-Length": "900"})
        self.close_connection = True

    def answer(self, status: int, content: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, text in {"Content-Length": str(len(content)), **headers}.items():
            self.send_header(name, text)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *arguments: object) -> None:
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, *arguments: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server(("127.0.0.1", 0), Handler)
    server.hits = []  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def url(server: Server, path: str, host: str = "127.0.0.1") -> str:
    return f"http://{host}:{server.server_address[1]}/{path}"


def private() -> ImageFetcher:
    return ImageFetcher(allow_private=True, limits=LIMITS)


def failure(fetcher: ImageFetcher, address: str) -> str:
    with pytest.raises(FetchFailed) as failed:
        fetcher.fetch(address, MOST)
    return failed.value.reason


def test_bytes_are_fetched(server: Server) -> None:
    assert private().fetch(url(server, "bytes/1000"), MOST) == b"x" * 1000
    assert private().fetch(url(server, "unmeasured/900"), MOST) == b"x" * 900
    assert private().fetch("  " + url(server, "bytes/0") + "\n", MOST) == b""


@pytest.mark.parametrize("path", ["bytes/1001", "unmeasured/1100"])
def test_too_many_bytes(server: Server, path: str) -> None:
    assert failure(private(), url(server, path)) == "size"


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "127.1", "2130706433", "0x7f000001", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "0"],
)
def test_loopback_in_every_spelling_is_refused_and_not_touched(server: Server, host: str) -> None:
    assert failure(ImageFetcher(limits=LIMITS), url(server, "bytes/5", host)) in ("address", "connection", "url")
    assert server.hits == []  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("address", "public", "private"),
    [
        ("93.184.216.34", True, True),
        ("2606:2800:220:1::1", True, True),
        ("127.0.0.1", False, True),
        ("127.255.1.2", False, True),
        ("::1", False, True),
        ("10.1.2.3", False, True),
        ("172.16.0.1", False, True),
        ("192.168.1.1", False, True),
        ("100.64.0.1", False, True),
        ("fd00::1", False, True),
        ("fec0::1", False, True),
        ("::ffff:10.0.0.1", False, True),
        ("::ffff:93.184.216.34", True, True),
        ("2002:0a00:0001::1", False, True),
        ("64:ff9b::a00:1", False, True),
        ("64:ff9b::5db8:d822", True, True),
        ("::10.0.0.1", False, True),
        ("169.254.169.254", False, False),
        ("::ffff:169.254.169.254", False, False),
        ("64:ff9b::a9fe:a9fe", False, False),
        ("fe80::1", False, False),
        ("fe80::1%lo", False, False),
        ("::1%lo", False, True),
        ("100.100.100.200", False, False),
        ("168.63.129.16", False, False),
        ("192.0.0.192", False, False),
        ("fd00:ec2::254", False, False),
        ("fd20:ce::254", False, False),
        ("64:ff9b:1:a9fe:a9:fe00:808:808", False, False),
        ("2606:4700::5efe:169.254.169.254", False, False),
        ("2606:4700::5efe:10.0.0.1", False, True),
        ("192.0.0.8", False, True),
        ("3fff::1", False, True),
        ("0.0.0.0", False, False),
        ("0.1.2.3", False, False),
        ("::", False, False),
        ("224.0.0.1", False, False),
        ("ff02::1", False, False),
        ("240.0.0.1", False, False),
        ("255.255.255.255", False, False),
    ],
)
def test_addresses(address: str, public: bool, private: bool) -> None:
    assert is_allowed(ip_address(address), allow_private=False) is public
    assert is_allowed(ip_address(address), allow_private=True) is private


@pytest.mark.parametrize(
    "address",
    [
        "",
        "cat.jpg",
        "ftp://example.com/a.jpg",
        "file:///etc/passwd",
        "gopher://127.0.0.1/",
        "http://",
        "http:///a",
        "http://user:secret@127.0.0.1/",
        "http://[::1",
        "http://127.0.0.1:99999/",
        "http://a\nb/",
        "http://127.0.0.1/" + "a" * 9000,
    ],
)
def test_what_is_no_fetchable_url(address: str) -> None:
    assert failure(private(), address) == "url"


def test_redirects_are_followed_three_times(server: Server) -> None:
    assert private().fetch(url(server, "redirect/3/bytes/7"), MOST) == b"x" * 7
    assert failure(private(), url(server, "redirect/4/bytes/7")) == "redirects"


def test_a_redirect_is_checked_like_an_address(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    port = server.server_address[1]
    resolve_names(monkeypatch, {"public.example": ["127.0.0.1"]})
    monkeypatch.setattr("portal.fetching.addresses.is_allowed", lambda ip, allow_private: port and str(ip) in allowed)
    allowed = {"127.0.0.1"}
    for target in ("http://169.254.169.254/latest/meta-data", "http://127.0.0.2/", "http://10.0.0.1/"):
        start = f"http://public.example:{port}/away/{target}"
        assert failure(ImageFetcher(limits=LIMITS), start) == "address"
    assert failure(ImageFetcher(limits=LIMITS), f"http://public.example:{port}/away/file:///etc/passwd") == "url"


def resolve_names(monkeypatch: pytest.MonkeyPatch, names: dict[str, list[str]]) -> list[str]:
    """Answer look-ups of these names, each next time with the next address; tells which were asked."""
    asked: list[str] = []
    real = socket.getaddrinfo

    def look_up(host: str, port: int, *arguments: object, **options: object) -> object:
        if host in names:
            asked.append(host)
            addresses = names[host]
            address = addresses.pop(0) if len(addresses) > 1 else addresses[0]
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (part, port)) for part in address.split("+")]
        return real(host, port, *arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return asked


def test_the_checked_address_is_the_one_connected_to(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    # A rebinding name: the first look-up gives an address that refuses connections, the next one the inner server.
    asked = resolve_names(monkeypatch, {"rebind.example": ["127.0.0.9", "127.0.0.1"]})
    address = url(server, "bytes/5", "rebind.example")
    assert failure(private(), address) == "connection"
    assert asked == ["rebind.example"]
    assert server.hits == []  # type: ignore[attr-defined]


def test_a_name_that_nobody_answers_for_costs_no_more_than_the_time_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    is_over = threading.Event()

    def look_up(host: str, port: int, *_: object, flags: int = 0, **__: object) -> object:
        if flags & socket.AI_NUMERICHOST:
            raise socket.gaierror("a name")
        is_over.wait(5)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    monkeypatch.setattr("portal.fetching.names._places", threading.BoundedSemaphore(1))
    started = time.monotonic()
    assert failure(private(), "http://slow.example/") == "timeout"
    assert time.monotonic() - started < 1.5
    assert failure(private(), "http://slow.example/") == "busy"  # the look-up that was left behind has the only place
    is_over.set()
    for thread in threading.enumerate():  # it gives back its place while that is still the test's
        if thread.name == "look-up":
            thread.join()


def test_a_name_with_one_private_address_is_refused(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    resolve_names(monkeypatch, {"mixed.example": ["93.184.216.34+127.0.0.1"]})
    assert failure(ImageFetcher(limits=LIMITS), url(server, "bytes/5", "mixed.example")) == "address"
    assert server.hits == []  # type: ignore[attr-defined]


def test_the_host_header_is_the_name(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    resolve_names(monkeypatch, {"images.example": ["127.0.0.1"]})
    port = server.server_address[1]
    assert private().fetch(url(server, "headers", "images.example"), MOST) == (
        f"Host=images.example:{port}|Cookie=None".encode()
    )


@pytest.mark.parametrize("status", [204, 304, 400, 401, 404, 500])
def test_other_statuses_are_failures(server: Server, status: int) -> None:
    assert failure(private(), url(server, f"status/{status}")) == "status"


@pytest.mark.parametrize("path", ["stall", "dribble"])
def test_slow_servers_are_left_in_time(server: Server, path: str) -> None:
    started = time.monotonic()
    assert failure(private(), url(server, path)) == "timeout"
    assert time.monotonic() - started < 1.5


def test_a_body_that_breaks_off_is_a_failure(server: Server) -> None:
    assert failure(private(), url(server, "liar")) == "connection"


def test_nobody_listens() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        assert failure(private(), f"http://127.0.0.1:{unused.getsockname()[1]}/") == "connection"


def test_more_fetches_than_places_are_told_to_try_again(server: Server) -> None:
    fetcher = private()
    reasons: list[str] = []
    threads = [
        threading.Thread(target=lambda: reasons.append(failure(fetcher, url(server, "stall")))) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(reasons) == ["busy", "busy", "timeout", "timeout"]
    assert fetcher.fetch(url(server, "bytes/5"), MOST) == b"xxxxx"


def test_callers_who_wait_have_a_limit_too(server: Server) -> None:
    limits = FetchLimits(total_seconds=1.0, step_seconds=1.0, waiting_seconds=5.0, concurrent=1, waiting=1)
    fetcher = ImageFetcher(allow_private=True, limits=limits)
    threads = [threading.Thread(target=failure, args=(fetcher, url(server, "stall"))) for _ in range(2)]
    for thread in threads:
        thread.start()
    time.sleep(0.2)
    assert failure(fetcher, url(server, "bytes/5")) == "busy"
    assert all(thread.is_alive() for thread in threads)  # it waited for neither
    for thread in threads:
        thread.join()


def test_our_own_addresses_are_read_and_not_fetched(server: Server) -> None:
    own = url(server, "bytes/5")

    def read_own(address: str, max_bytes: int) -> bytes | None:
        if address != own:
            return None
        return b"from storage"

    fetcher = ImageFetcher(allow_private=False, read_own=read_own, limits=LIMITS)
    assert fetcher.fetch(own, MOST) == b"from storage"
    assert failure(fetcher, own + "1") == "address"
    assert server.hits == []  # type: ignore[attr-defined]
