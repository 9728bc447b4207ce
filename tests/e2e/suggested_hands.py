"""A scripted person on the page of suggested tags, who knows by the truth what is right."""

import re
from collections.abc import Callable, Mapping

from playwright.sync_api import Page, expect

from tests.e2e.box_hands import StoredBox
from tests.e2e.projects import MadeProject, answer, training_api
from tests.e2e.real_sets import RealImage
from tests.live_install import LiveInstall

LOOKED_WITHIN_MS = 600_000
SAVED_WITHIN_MS = 60_000
SAME_OVERLAP = 0.5


def upload_bare(install: LiveInstall, project: MadeProject, images: list[RealImage]) -> dict[str, RealImage]:
    """The images without labels, each by its id in the project."""
    found = {}
    with training_api(install) as api:
        for image in images:
            files = {"imageData": (image.path.name, image.path.read_bytes(), "image/jpeg")}
            created = answer(api.post(f"projects/{project.id}/images", files=files))["images"][0]
            found[created["image"]["id"]] = image
    return found


def look_at_all(page: Page, project: MadeProject, count: int) -> None:
    page.goto(f"/projects/{project.id}/images/suggested")
    page.locator("#look-count").fill(str(count))
    page.get_by_role("button", name="Look", exact=True).click()
    expect(page.locator("#look")).to_contain_text("has looked at", timeout=LOOKED_WITHIN_MS)


def expect_saved(page: Page) -> None:
    expect(page.locator('main [data-part="save"]')).to_have_attribute(
        "data-save-state", "saved", timeout=SAVED_WITHIN_MS
    )


Takes = Callable[[str], None]


def no_time(what: str) -> None:
    """A person takes a moment to look, to check, to aim, to pull, for a key; a test takes none."""


class Confirmer:
    """Goes through the pages of each tag, unticks what is wrong, and confirms the rest; counts what it did."""

    def __init__(self, page: Page, truth: Mapping[str, RealImage], takes: Takes = no_time) -> None:
        self.page = page
        self.takes = takes
        self.truth = truth
        self.confirmed = self.unticked = self.pages = 0

    def confirm_tag(self, project: MadeProject, name: str, threshold: int = 50) -> None:
        address = f"/projects/{project.id}/images/suggested?tag={project.tag_ids[name]}&threshold={threshold}"
        self.page.goto(address)
        expect(self.page.locator("#gallery-tiles")).not_to_have_attribute("aria-busy", "true")
        while self.page.locator('#gallery-tiles [aria-checked="true"]').count():
            shown = self.shown()
            for image, is_ticked in shown.items():
                self.takes("check")
                if is_ticked and self.truth[image].tags != (name,):
                    self.untick(image)
                    self.unticked += 1
                    shown[image] = False
            self.confirmed += sum(shown.values())
            self.pages += 1
            self.enter(shown)
        expect_saved(self.page)

    def shown(self) -> dict[str, bool]:
        """The images of this page in order, and whether each is ticked."""
        pairs = self.page.eval_on_selector_all(
            "#gallery-tiles .tile:not(.done)",
            'tiles => tiles.map((tile) => [tile.dataset.image, tile.querySelector("a").ariaChecked === "true"])',
        )
        return dict(pairs)

    def untick(self, image: str) -> None:
        self.takes("aim")
        self.page.locator(f'#gallery-tiles [data-image="{image}"] > a').click()

    def enter(self, before: Mapping[str, bool]) -> None:
        """Confirm, or leave all; and wait until the next page is there, or there is none."""
        self.takes("key")
        is_last = "more after these" not in self.page.locator("#confirm-bar").inner_text()
        button = self.page.locator('#confirm-bar [data-act="confirm"]')
        expect(button).to_have_text(re.compile("Confirm" if any(before.values()) else "Leave all"))
        button.click()
        ticked = [image for image, is_ticked in before.items() if is_ticked]
        gone = ticked or ([] if is_last else list(before))
        for image in gone[:1]:
            expect(self.page.locator(f'#gallery-tiles [data-image="{image}"]:not(.done)')).to_have_count(0)


class Boxer:
    """Accepts all boxes of an image, deletes the wrong ones, and draws what was missed; counts what it did."""

    def __init__(
        self, page: Page, project: MadeProject, truth: Mapping[str, RealImage], takes: Takes = no_time
    ) -> None:
        self.page = page
        self.takes = takes
        self.project = project
        self.truth = truth
        self.names = list(project.tag_ids)
        self.tag = ""
        self.images = self.accepted = self.deleted = self.drawn = 0

    def open(self, place: str = "images/suggested") -> None:
        self.page.goto(f"/projects/{self.project.id}/{place}")
        self.page.locator("#gallery-tiles .tile a").first.click()
        expect(self.page.locator("#image-view .view-picture img")).to_be_visible()

    def image(self) -> str:
        return self.page.locator("#image-view .view-boxes").get_attribute("data-image") or ""

    def box_image(self) -> None:
        """All boxes of the image that is shown."""
        self.takes("look")
        truth = list(self.truth[self.image()].boxes)
        suggested = self.boxes(".maybe")
        right, wrong = matched(suggested, truth)
        for _ in suggested:
            self.takes("check")
        if suggested:
            self.takes("key")
            self.press("Shift+a")
            expect(self.page.locator("#image-view .view-boxes .maybe")).to_have_count(0)
            self.accepted += len(suggested)
        for box in wrong:
            self.delete(box)
        for place, box in enumerate(truth):
            if place not in right:
                self.draw(box)
        self.images += 1
        expect(self.page.locator("#image-view .view-boxes")).to_have_attribute("data-coming", "0")

    def boxes(self, look: str) -> list[StoredBox]:
        """The boxes of that look on the canvas, as fractions of the picture."""
        seen = self.seen()
        found = self.page.eval_on_selector_all(
            f"#image-view .view-boxes g[data-box]:has(> .box{look})",
            """groups => groups.map((group) => {
              const { left, top, width, height } = group.querySelector(".box").getBoundingClientRect();
              return [group.dataset.tag, left, top, width, height];
            })""",
        )
        colors = self.page.eval_on_selector_all(
            '#image-view [data-part="tags"] .chip',
            "chips => chips.map((chip) => chip.querySelector('.key').dataset.tag)",
        )
        by_color = dict(zip(colors, self.names, strict=True))
        return [
            StoredBox(
                by_color[color],
                (left - seen["x"]) / seen["width"],
                (top - seen["y"]) / seen["height"],
                width / seen["width"],
                height / seen["height"],
            )
            for color, left, top, width, height in found
        ]

    def seen(self) -> dict[str, float]:
        box = self.page.locator("#image-view .view-picture").bounding_box()
        assert box is not None
        return dict(box)

    def point(self, x: float, y: float) -> tuple[float, float]:
        seen = self.seen()
        return seen["x"] + x * seen["width"], seen["y"] + y * seen["height"]

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def delete(self, box: StoredBox) -> None:
        """By its element: a crowd hides what lies below."""
        groups = self.page.locator("#image-view .view-boxes g[data-box]")
        places = [overlap(each, box) for each in self.boxes("")]
        if not places or max(places) < SAME_OVERLAP:
            return
        self.takes("aim")
        self.takes("key")
        groups.nth(places.index(max(places))).focus()
        self.press("Delete")
        self.deleted += 1

    def draw(self, box: StoredBox) -> None:
        left, top = max(0.0, box.left), max(0.0, box.top)
        if self.selected():
            self.press("Escape")
        if self.tag != box.tag:
            self.tag = box.tag
            self.takes("key")
            self.press(str(self.names.index(box.tag) + 1))
        self.takes("aim")
        # Held, Ctrl draws inside what is there; a person holds it in a crowd.
        self.page.keyboard.down("Control")
        self.page.mouse.move(*self.point(left, top))
        self.page.mouse.down()
        self.takes("pull")
        self.page.mouse.move(*self.point(min(1.0, left + box.width), min(1.0, top + box.height)), steps=3)
        self.page.mouse.up()
        self.page.keyboard.up("Control")
        self.drawn += 1

    def selected(self) -> bool:
        return self.page.locator('#image-view .view-boxes g[aria-pressed="true"]').count() > 0

    def next(self) -> bool:
        """False at the end."""
        before = self.image()
        if self.page.locator('#image-view [data-act="next"]').get_attribute("aria-disabled") == "true":
            return False
        self.takes("key")
        self.press("PageDown")
        self.page.wait_for_function(
            "(before) => document.querySelector('#image-view .view-boxes').dataset.image !== before", arg=before
        )
        return True


def overlap(one: StoredBox, other: StoredBox) -> float:
    right = min(one.left + one.width, other.left + other.width)
    bottom = min(one.top + one.height, other.top + other.height)
    common = max(0.0, right - max(one.left, other.left)) * max(0.0, bottom - max(one.top, other.top))
    return common / max(1e-9, one.width * one.height + other.width * other.height - common)


def matched(suggested: list[StoredBox], truth: list[StoredBox]) -> tuple[set[int], list[StoredBox]]:
    """Places of the true boxes that a suggestion finds, and the suggestions that find none."""
    found: set[int] = set()
    wrong = []
    for box in suggested:
        places = [
            (overlap(box, each), place)
            for place, each in enumerate(truth)
            if place not in found and each.tag == box.tag and overlap(box, each) >= SAME_OVERLAP
        ]
        if places:
            found.add(max(places)[1])
        else:
            wrong.append(box)
    return found, wrong
