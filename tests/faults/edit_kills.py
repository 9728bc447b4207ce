"""A person tags in the gallery and the image view while server, tab, browser, network and session are taken away.

Each edit that the page showed as performed goes into an oracle at once. The database must come to agree with it: an
edit that is missing there is lost, one that left more traces than one was applied twice.
"""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from playwright.sync_api import BrowserContext, Error, Page, Playwright, Request, Route

from tests.e2e.chromium import FLAGS, chromium_path
from tests.faults.edit_oracle import Act, Change, Oracle, Seen
from tests.faults.gallery_hands import GalleryHands
from tests.faults.tagged_project import make_project, stored_states, stored_tag_rows
from tests.live_install import ADMIN_PASSWORD, LiveInstall

SAVED_WITHIN_SECONDS = 90.0
# Images that must stay: a deleted one comes back by undo alone.
LEAST_IMAGES = 8
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


class TaggingRun:
    """One person's work on one project of a running install, under faults drawn by `seed`."""

    def __init__(self, install: LiveInstall, playwright: Playwright, profile: Path, seed: int) -> None:
        self.figures = Figures()
        self._install = install
        self._playwright = playwright
        self._profile = profile
        self._random = random.Random(seed)
        self._in_doubt: Act | None = None
        self._project, self._tags = make_project(install)
        self._oracle = Oracle({state["image"]: Seen() for state in stored_states(self._install)})
        self._context = self._launch()
        self._hands = self._open()

    @property
    def _tag_ids(self) -> list[str]:
        return list(self._tags)

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
        self._hands.clear_selection()

    def _act(self) -> None:
        """One act, now and then an undo or redo, that the page has shown as performed when this returns."""
        hands, roll = self._hands, self._random.random()
        if roll < 0.12 or (hands.done and hands.done[-1].verb == "delete" and roll < 0.6):
            self._step(hands, hands.done, hands.undone, "Control+z")
        elif roll < 0.18:
            self._step(hands, hands.undone, hands.done, "Control+Shift+Z")
        elif roll < 0.30:
            self._tag_in_view()
        elif roll < 0.45:
            self._tag_selection()
        elif roll < 0.50:
            image, tag = self._image(), self._random.choice(self._tag_ids)
            if tag not in self._oracle[image].tags:
                self._perform(Act("label", (Change(image, frozenset([tag])),)), lambda: hands.type_tag(tag))
        elif roll < 0.55 and len(self._oracle.present()) > LEAST_IMAGES:
            self._perform(Act("delete", (Change(self._image()),)), lambda: hands.press("Delete"))
        else:
            self._tag_one(hands)

    def _image(self) -> str:
        return self._random.choice(self._oracle.present())

    def _perform(self, act: Act, do: Callable[[], None], hands: GalleryHands | None = None) -> None:
        """`do` it on the focused tile, see it, note it."""
        hands = hands or self._hands
        image = act.changes[0].image
        # Another tab's edits are shown here a moment later.
        hands.wait_until_shown({image: self._oracle[image].shown})
        hands.focus(image)
        do()
        self._see(hands, act)
        hands.performed(act)

    def _see(self, hands: GalleryHands, act: Act) -> None:
        hands.wait_until_shown(self._oracle.after(act))
        self._note(act)

    def _note(self, act: Act) -> None:
        self._oracle.note(act)
        self.figures.performed += 1

    def _tag_one(self, hands: GalleryHands) -> None:
        tag = self._random.choice(self._tag_ids)
        act = self._oracle.toggled([self._image()], tag)
        self._perform(act, lambda: hands.press_tag(tag), hands)

    def _tag_selection(self) -> None:
        """Several images by one key, or all tags off them by the bar's button: one edit."""
        hands = self._hands
        images = self._random.sample(self._oracle.present(), self._random.randint(2, 4))
        tag = self._random.choice(self._tag_ids)
        is_untagging = self._random.random() < 0.25
        act = self._oracle.untagged(images) if is_untagging else self._oracle.toggled(images, tag)
        if not act.changes:
            return
        hands.select(images)
        if is_untagging:
            hands.untag_selection()
        else:
            hands.press_tag(tag)
        self._see(hands, act)
        hands.performed(act)
        hands.clear_selection()

    def _tag_in_view(self) -> None:
        """Some keys in the image view, which is seen to show each."""
        hands, image = self._hands, self._image()
        hands.open_view(image)
        hands.wait_until_view_shows(image, frozenset(self._oracle[image].tags))
        for _ in range(self._random.randint(1, 3)):
            tag = self._random.choice(self._tag_ids)
            act = self._oracle.toggled([image], tag)
            hands.press_tag(tag)
            hands.wait_until_view_shows(image, self._oracle.after(act)[image] or frozenset())
            self._note(act)
            hands.performed(act)
        hands.close_view()

    def _step(self, hands: GalleryHands, steps: list[Act], others: list[Act], keys: str) -> None:
        if not steps:
            return
        step = steps.pop()
        hands.press(keys)
        self._see(hands, step.inverse)
        others.append(step.inverse)

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
        tag = self._random.choice(self._tag_ids)
        act = self._oracle.toggled([self._image()], tag)
        with suppress(Error):
            self._hands.focus(act.changes[0].image)
            self._hands.press_tag(tag)
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
            image, tag = self._image(), self._random.choice(self._tag_ids)
            for _ in range(2):
                self._perform(self._oracle.toggled([image], tag), lambda: self._hands.press_tag(tag))
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
            self._tag_one(self._random.choice(tabs))
        tabs.pop(self._random.randrange(2)).page.close()
        self._hands = self._open()
        tabs.pop().page.close()

    # --- pages --------------------------------------------------------------------------------------------------------

    def _launch(self) -> BrowserContext:
        return self._playwright.chromium.launch_persistent_context(
            str(self._profile), executable_path=chromium_path(), args=FLAGS, base_url=self._install.endpoint
        )

    def _open(self) -> GalleryHands:
        """A tab with the gallery, which must show the images with the edits that wait."""
        page = self._context.new_page()
        self._sign_in(page)
        page.goto(f"/projects/{self._project}/images")
        hands = GalleryHands(page, self._tags)
        hands.wait_until_drawn()
        self._compare_shown(hands)
        return hands

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

    def _compare_shown(self, hands: GalleryHands) -> None:
        doubted, self._in_doubt = self._in_doubt, None
        shown = hands.read()
        if doubted is not None:
            image = doubted.changes[0].image
            if shown.get(image) == self._oracle.after(doubted)[image]:
                self._note(doubted)
        for image, seen in self._oracle.items():
            if shown.get(image) != seen.shown:
                self.figures.lost.append(f"{image}: a new page shows {shown.get(image)}, not {seen}")

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


def drawn_kinds(count: int, seed: int) -> list[str]:
    """Faults in a random order, each kind as often as the others."""
    kinds = [KINDS[number % len(KINDS)] for number in range(count)]
    random.Random(seed).shuffle(kinds)
    return kinds
