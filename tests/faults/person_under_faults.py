"""A person at work on a project's pages while server, tab, browser, network and session are taken away.

Each edit that the page showed as performed goes into an oracle at once. The database must come to agree with it: an
edit that is missing there is lost, one that left more traces than one was applied twice.
"""

import random
import threading
import time
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

import psutil
from playwright.sync_api import BrowserContext, Error, Page, Playwright, Request, Route

from tests.e2e.chromium import FLAGS, chromium_path
from tests.live_install import ADMIN_PASSWORD, LiveInstall

SAVED_WITHIN_SECONDS = 90.0
KINDS = (
    "server killed",
    "tab closed",
    "tab crashed",
    "browser killed",
    "network away",
    "answers lost",
    "requests lost",
    "requests repeated",
    "session ended",
    "other tab closed",
)


@dataclass
class Figures:
    """What a run came to."""

    kills: Counter[str] = field(default_factory=Counter)
    performed: int = 0
    lost: list[str] = field(default_factory=list)
    twice: list[str] = field(default_factory=list)
    mishaps: list[str] = field(default_factory=list)
    requests_cut: int = 0
    longest_wait_seconds: dict[str, float] = field(default_factory=dict)


class Hands(Protocol):
    """One tab of the person's."""

    @property
    def page(self) -> Page: ...

    def save_state(self) -> dict[str, Any]: ...


Tab = TypeVar("Tab", bound=Hands)


class PersonUnderFaults(ABC, Generic[Tab]):
    """One person's work on one project of a running install, under faults drawn by `seed`."""

    def __init__(self, install: LiveInstall, playwright: Playwright, profile: Path, seed: int) -> None:
        self.figures = Figures()
        self._install = install
        self._playwright = playwright
        self._profile = profile
        self._random = random.Random(seed)
        self._prepare()
        self._context = self._launch()
        self._hands = self._open()

    @abstractmethod
    def _prepare(self) -> None:
        """Make the project."""

    @abstractmethod
    def _open(self) -> Tab:
        """A tab at the work, which must show what was done, with the edits that wait."""

    @abstractmethod
    def _act(self) -> None:
        """One act, now and then an undo or redo, that the page has shown as performed when this returns."""

    @abstractmethod
    def _simple_act(self, tab: Tab) -> None:
        """An act in that tab that needs nothing of earlier acts there."""

    @abstractmethod
    def _begin(self) -> None:
        """Begin an act, note it as in doubt, and do not wait for it."""

    @abstractmethod
    def _there_and_back(self) -> None:
        """An act, and another that takes it back."""

    @abstractmethod
    def _rest(self) -> None:
        """What a person does between bursts."""

    @abstractmethod
    def _compare(self, kind: str) -> None:
        """The database against what the person saw."""

    @abstractmethod
    def _compare_traces(self) -> None:
        """Every edit left one trace."""

    # --- the run ------------------------------------------------------------------------------------------------------

    def run(self, kinds: list[str]) -> Figures:
        """Work through the faults; then everything must be saved, once."""
        for number, kind in enumerate(kinds):
            self._burst(self._random.randint(1, 2))
            getattr(self, "_" + kind.replace(" ", "_"))()
            self.figures.kills[kind] += 1
            self._burst(self._random.randint(1, 2))
            if self._random.random() < 0.7 or number == len(kinds) - 1:
                self._wait_until_saved(kind)
                self._compare(kind)
        self._compare_traces()
        with suppress(Error):
            self._context.close()
        return self.figures

    def _burst(self, count: int) -> None:
        for _ in range(count):
            self._act()
            time.sleep(self._random.uniform(0, 0.03))
        self._rest()

    # --- the faults ---------------------------------------------------------------------------------------------------

    def _server_killed(self) -> None:
        killer = threading.Timer(self._random.uniform(0, 0.15), self._kill_web)
        killer.start()
        self._burst(self._random.randint(2, 5))
        killer.join()

    def _kill_web(self) -> None:
        # From an earlier kill it may just be away.
        with suppress(LookupError, psutil.NoSuchProcess):
            web = self._install.main_process("web")
            for process in (web, *web.children(recursive=True)):
                with suppress(psutil.NoSuchProcess):
                    process.kill()

    def _tab_closed(self) -> None:
        self._cut_short(self._hands.page.close)
        self._hands = self._open()

    def _tab_crashed(self) -> None:
        def crash() -> None:
            with suppress(Error):
                self._hands.page.goto("chrome://crash", timeout=2_000)

        self._cut_short(crash)
        with suppress(Error):
            self._hands.page.close()
        self._hands = self._open()

    def _browser_killed(self) -> None:
        self._cut_short(self._kill_browser)
        with suppress(Error):
            self._context.close()
        self._context = self._launch()
        self._hands = self._open()

    def _kill_browser(self) -> None:
        for process in psutil.process_iter(["cmdline"]):
            if any(str(self._profile) in word for word in process.info["cmdline"] or ()):
                with suppress(psutil.NoSuchProcess):
                    process.kill()

    def _cut_short(self, kill: Callable[[], None]) -> None:
        """Begin an act and kill before the page can say that it is performed; find out later whether it was."""
        with suppress(Error):
            self._begin()
        time.sleep(self._random.choice((0, 0, 0.002, 0.01)))
        kill()

    def _network_away(self) -> None:
        self._context.set_offline(True)
        self._burst(self._random.randint(1, 4))
        time.sleep(self._random.uniform(0, 0.8))
        self._context.set_offline(False)

    def _answers_lost(self) -> None:
        def lose(route: Route) -> None:
            route.fetch()
            route.abort("connectionreset")

        with self._routed(lose):
            self._burst(self._random.randint(1, 3))
            self._hands.page.wait_for_timeout(self._random.uniform(100, 700))

    def _requests_lost(self) -> None:
        with self._routed(lambda route: route.abort("connectionrefused")):
            self._burst(self._random.randint(1, 3))
            self._hands.page.wait_for_timeout(self._random.uniform(100, 700))

    def _requests_repeated(self) -> None:
        """A network that delivers requests again, late: after the person has taken back what they did."""
        requests: list[Request] = []

        def remember(route: Route) -> None:
            requests.append(route.request)
            route.continue_()

        with self._routed(remember):
            self._there_and_back()
            self._wait_until_saved("requests repeated")
        for request in requests:
            data = request.post_data_buffer
            self._context.request.post(request.url, data=data, headers=request.all_headers())

    @contextmanager
    def _routed(self, handler: Callable[[Route], None]) -> Iterator[None]:
        def counted(route: Route) -> None:
            self.figures.requests_cut += 1
            with suppress(Error):  # the page, or the rule, may be gone meanwhile
                handler(route)

        self._hands.page.route("**/edits", counted)
        yield
        self._hands.page.unroute_all(behavior="wait")

    def _session_ended(self) -> None:
        self._context.clear_cookies()
        self._burst(self._random.randint(1, 3))
        self._hands.page.wait_for_timeout(self._random.uniform(0, 500))
        other = self._context.new_page()
        self._sign_in(other)
        other.close()

    def _other_tab_closed(self) -> None:
        """Two tabs take turns, and go while edits of both wait."""
        tabs = [self._hands, self._open()]
        for _ in range(self._random.randint(2, 6)):
            self._simple_act(self._random.choice(tabs))
        tabs.pop(self._random.randrange(2)).page.close()
        self._hands = self._open()
        tabs.pop().page.close()

    # --- pages --------------------------------------------------------------------------------------------------------

    def _launch(self) -> BrowserContext:
        return self._playwright.chromium.launch_persistent_context(
            str(self._profile), executable_path=chromium_path(), args=FLAGS, base_url=self._install.endpoint
        )

    def _sign_in(self, page: Page) -> None:
        deadline = time.monotonic() + SAVED_WITHIN_SECONDS
        while True:
            try:
                page.goto("/")
                break
            except Error:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.2)
        if "/sign-in" in page.url:
            page.get_by_label("Name").fill("admin")
            page.get_by_label("Password").fill(ADMIN_PASSWORD)
            page.get_by_role("button", name="Sign in").click()
            page.wait_for_url(lambda url: "/sign-in" not in url)

    def _wait_until_saved(self, kind: str) -> None:
        started = time.monotonic()
        while (state := self._hands.save_state())["kind"] != "saved":
            if state["kind"] in ("conflict", "refused"):
                self.figures.mishaps.append(f"after {kind}: {state['words']}")
                return
            if time.monotonic() - started > SAVED_WITHIN_SECONDS:
                raise AssertionError(f"after {kind}: {state} at {self._hands.page.url}")
            time.sleep(0.05)
        waits = self.figures.longest_wait_seconds
        waits[kind] = max(waits.get(kind, 0.0), round(time.monotonic() - started, 1))


def drawn_kinds(count: int, seed: int) -> list[str]:
    """Faults in a random order, each kind as often as the others."""
    kinds = [KINDS[number % len(KINDS)] for number in range(count)]
    random.Random(seed).shuffle(kinds)
    return kinds
