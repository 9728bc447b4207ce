"""A person tags on a page while server, tab, browser, network and session are taken away from under them.

Each edit that the page showed as performed goes into an oracle at once. The database must come to agree with it: an
edit that is missing there is lost, one that left more traces than one was applied twice.
"""

import random
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
from playwright.sync_api import BrowserContext, Error, Page, Playwright, Request, Route

from tests.e2e.chromium import FLAGS, chromium_path
from tests.faults.tagged_project import make_project, stored_states, stored_tag_rows
from tests.live_install import ADMIN_PASSWORD, ROOT, LiveInstall

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
class Seen:
    """An image as the person has seen it, and how many edits made it so."""

    tags: set[str] = field(default_factory=set)
    is_removed: bool = False
    label_edits: int = 0
    added: Counter[str] = field(default_factory=Counter)


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


@dataclass(frozen=True)
class Act:
    """One act on one image: add, remove (with a tag), delete, restore."""

    verb: str
    image: str
    tag: str = ""

    @property
    def arguments(self) -> list[str]:
        return [self.image, self.tag] if self.tag else [self.image]


class TaggingRun:
    """One person's work on one project of a running install, under faults drawn by `seed`."""

    def __init__(self, install: LiveInstall, playwright: Playwright, profile: Path, seed: int) -> None:
        self.figures = Figures()
        self._install = install
        self._playwright = playwright
        self._profile = profile
        self._random = random.Random(seed)
        self._script = bundled_tagger()
        self._in_doubt: Act | None = None
        self._project, self._tags = make_project(install)
        self._oracle = {state["image"]: Seen() for state in stored_states(self._install)}
        self._context = self._launch()
        self._page = self._open()

    # --- the run ------------------------------------------------------------------------------------------------------

    def run(self, kinds: list[str]) -> Figures:
        """Work through the faults; then everything must be saved, once."""
        for number, kind in enumerate(kinds):
            self._burst(self._random.randint(1, 3))
            getattr(self, "_" + kind.replace(" ", "_"))()
            self.figures.kills[kind] += 1
            self._burst(self._random.randint(1, 3))
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

    def _act(self) -> None:
        """One act, now and then an undo or redo, that the page has shown as performed when this returns."""
        roll = self._random.random()
        if roll < 0.12:
            self._note_draft(self._page.evaluate("window.tagger.queue.undo()"))
        elif roll < 0.16:
            self._note_draft(self._page.evaluate("window.tagger.queue.redo()"))
        else:
            self._perform(self._page)

    def _perform(self, page: Page, act: Act | None = None) -> None:
        act = act or self._draw()
        page.evaluate(f"a => window.tagger.{act.verb}(...a)", act.arguments)
        self._note(act)

    def _draw(self) -> Act:
        image = self._random.choice(list(self._oracle))
        seen = self._oracle[image]
        if seen.is_removed:
            return Act("restore", image)
        if self._random.random() < 0.06:
            return Act("delete", image)
        tag = self._random.choice(self._tags)
        return Act("remove" if tag in seen.tags else "add", image, tag)

    def _note(self, act: Act) -> None:
        seen = self._oracle[act.image]
        self.figures.performed += 1
        if act.verb == "add":
            seen.tags.add(act.tag)
            seen.added[act.tag] += 1
        elif act.verb == "remove":
            seen.tags.discard(act.tag)
        else:
            seen.is_removed = act.verb == "delete"
        seen.label_edits += bool(act.tag)

    def _note_draft(self, draft: dict[str, Any] | None) -> None:
        if draft is None:
            return
        (change,) = draft["changes"]
        added, removed = change.get("addTags") or [], change.get("removeTags") or []
        if draft["act"] != "label":
            self._note(Act(draft["act"], change["image"]))
        for verb, tags in (("add", added), ("remove", removed)):
            for tag in tags:
                self._note(Act(verb, change["image"], tag))

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
        self._cut_short(self._page.close)
        self._page = self._open()

    def _tab_crashed(self) -> None:
        def crash() -> None:
            with suppress(Error):
                self._page.goto("chrome://crash", timeout=2_000)

        self._cut_short(crash)
        with suppress(Error):
            self._page.close()
        self._page = self._open()

    def _browser_killed(self) -> None:
        self._cut_short(self._kill_browser)
        with suppress(Error):
            self._context.close()
        self._context = self._launch()
        self._page = self._open()

    def _kill_browser(self) -> None:
        for process in psutil.process_iter(["cmdline"]):
            if any(str(self._profile) in word for word in process.info["cmdline"] or ()):
                with suppress(psutil.NoSuchProcess):
                    process.kill()

    def _cut_short(self, kill: Callable[[], None]) -> None:
        """Begin an act and kill before the page can say that it is performed; find out later whether it was."""
        act = self._draw()
        with suppress(Error):
            self._page.evaluate(f"a => void window.tagger.{act.verb}(...a)", act.arguments)
        time.sleep(self._random.choice((0, 0, 0.002, 0.01)))
        kill()
        self._in_doubt = act

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
            self._page.wait_for_timeout(self._random.uniform(100, 700))

    def _requests_lost(self) -> None:
        with self._routed(lambda route: route.abort("connectionrefused")):
            self._burst(self._random.randint(1, 3))
            self._page.wait_for_timeout(self._random.uniform(100, 700))

    def _requests_repeated(self) -> None:
        """A network that delivers requests again, late: after the person has taken back what they did."""
        requests: list[Request] = []

        def remember(route: Route) -> None:
            requests.append(route.request)
            route.continue_()

        with self._routed(remember):
            image = self._random.choice([image for image, seen in self._oracle.items() if not seen.is_removed])
            tag = self._random.choice(self._tags)
            verbs = ("remove", "add") if tag in self._oracle[image].tags else ("add", "remove")
            for verb in verbs:
                self._perform(self._page, Act(verb, image, tag))
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

        self._page.route("**/edits", counted)
        yield
        self._page.unroute_all(behavior="wait")

    def _session_ended(self) -> None:
        self._context.clear_cookies()
        self._burst(self._random.randint(1, 3))
        self._page.wait_for_timeout(self._random.uniform(0, 500))
        other = self._context.new_page()
        self._sign_in(other)
        other.close()

    def _other_tab_closed(self) -> None:
        """Two tabs take turns, and go while edits of both wait."""
        tabs = [self._page, self._open()]
        for _ in range(self._random.randint(2, 6)):
            self._perform(self._random.choice(tabs))
        tabs.pop(self._random.randrange(2)).close()
        self._page = self._open()
        tabs.pop().close()

    # --- pages --------------------------------------------------------------------------------------------------------

    def _launch(self) -> BrowserContext:
        return self._playwright.chromium.launch_persistent_context(
            str(self._profile), executable_path=chromium_path(), args=FLAGS, base_url=self._install.endpoint
        )

    def _open(self) -> Page:
        """A tab with the images as the server has them and the edits that wait; compares it with the oracle."""
        page = self._context.new_page()
        self._sign_in(page)
        page.evaluate(self._script)
        person = page.evaluate("document.body.dataset.person")
        # The queue first: another tab may have an edit acknowledged between the two.
        page.evaluate("a => window.openTagger(...a)", [person, self._project])
        page.evaluate("images => window.tagger.load(images)", stored_states(self._install))
        self._compare_shown(page)
        return page

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

    def _compare_shown(self, page: Page) -> None:
        doubted, self._in_doubt = self._in_doubt, None
        shown = {image: (set(tags), removed) for image, tags, removed in page.evaluate("window.tagger.shown()")}
        if doubted is not None:
            seen = self._oracle[doubted.image]
            if shown[doubted.image] != (seen.tags, seen.is_removed):
                self._note(doubted)
        for image, seen in self._oracle.items():
            if shown[image] != (seen.tags, seen.is_removed):
                self.figures.lost.append(f"{image}: a new page shows {shown[image]}, not {seen}")

    def _wait_until_saved(self, kind: str) -> None:
        started = time.monotonic()
        while (state := self._page.evaluate("window.tagger.queue.state()"))["kind"] != "saved":
            waited = time.monotonic() - started
            if waited > SAVED_WITHIN_SECONDS:
                raise AssertionError(f"after {kind}: {state}, {self._page.evaluate('window.tagger.mishaps')}")
            time.sleep(0.05)
        self.figures.mishaps += self._page.evaluate("window.tagger.mishaps.splice(0)")
        waits = self.figures.longest_wait_seconds
        waits[kind] = max(waits.get(kind, 0.0), round(time.monotonic() - started, 1))

    # --- the truth ----------------------------------------------------------------------------------------------------

    def _compare(self, kind: str) -> None:
        for state in stored_states(self._install):
            seen = self._oracle[state["image"]]
            if (set(state["tags"]), state["isRemoved"]) != (seen.tags, seen.is_removed):
                self.figures.lost.append(f"after {kind}: the database has {state}, the person saw {seen}")

    def _compare_traces(self) -> None:
        """Every edit left one trace: a version step, and for an added tag a row."""
        for state in stored_states(self._install):
            seen = self._oracle[state["image"]]
            if state["version"] != 1 + seen.label_edits:
                self.figures.twice.append(f"{state}: {seen.label_edits} edits")
        added = Counter(
            {(image, tag): count for image, seen in self._oracle.items() for tag, count in seen.added.items()}
        )
        stored = stored_tag_rows(self._install)
        if stored != added:
            self.figures.twice.append(f"tag rows differ: {stored - added} more, {added - stored} less")


def bundled_tagger() -> str:
    """The browser's side, as one script."""
    bundle = [ROOT / "node_modules" / ".bin" / "esbuild", ROOT / "static" / "tests" / "tagger.ts"]
    return subprocess.check_output([*map(str, bundle), "--bundle", "--format=iife", "--target=es2022"], text=True)


def drawn_kinds(count: int, seed: int) -> list[str]:
    """Faults in a random order, each kind as often as the others."""
    kinds = [KINDS[number % len(KINDS)] for number in range(count)]
    random.Random(seed).shuffle(kinds)
    return kinds
