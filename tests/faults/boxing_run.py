"""A person draws, moves, retags and deletes boxes in the editor, under faults."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Page

from tests.e2e.box_hands import make_scenes
from tests.faults.boxed_project import stored_images
from tests.faults.person_under_faults import PersonUnderFaults

IMAGES = 6
BOXED = 2
MOST_BOXES = 12
SHOWN_WITHIN_MS = 20_000
# Of an edge, in fractions of the image: what is drawn is rounded to parts of a pixel.
TOLERANCE = 0.003
# The image in the editor as the person sees it: by the box's id the tag's color and the place; null while an edit is
# on its way into the browser's store, or another picture is still coming.
READ = """
() => {
  const svg = document.querySelector("#image-view:not([hidden]) .view-boxes");
  const picture = document.querySelector("#image-view .view-picture");
  if (!svg || svg.dataset.coming !== "0" || picture.dataset.image !== svg.dataset.image) return null;
  if (new URLSearchParams(location.search).get("image") !== svg.dataset.image) return null;
  const whole = picture.getBoundingClientRect();
  const stage = svg.getBoundingClientRect();
  const boxes = [...svg.querySelectorAll("g[data-box]")].map((group) => {
    const rect = group.querySelector(".box");
    const of = (name) => Number(rect.getAttribute(name));
    const left = (of("x") + stage.x - whole.x) / whole.width;
    const top = (of("y") + stage.y - whole.y) / whole.height;
    return [group.dataset.box, [group.dataset.tag, left, top, of("width") / whole.width, of("height") / whole.height]];
  });
  const none = document.querySelector('#image-view [data-act="no-objects"]').getAttribute("aria-pressed") === "true";
  return { image: svg.dataset.image, boxes: Object.fromEntries(boxes), hasNoObjects: none };
}
"""


@dataclass
class Seen:
    """An image as the person saw it last, and how many edits made it so; `version` is the one it began with."""

    version: int
    boxes: dict[str, list[Any]] = field(default_factory=dict)
    has_no_objects: bool = False
    edits: int = 0


@dataclass
class Step:
    """An act that can be undone: the image, and the ids of its boxes before and after."""

    image: str
    before: frozenset[str]
    after: frozenset[str]


class EditorHands:
    """One tab with the editor open."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.done: list[Step] = []
        self.undone: list[Step] = []

    def read(self) -> dict[str, Any]:
        """What is seen, once it stands."""
        handle = self.page.wait_for_function(READ, timeout=SHOWN_WITHIN_MS)
        seen: dict[str, Any] = handle.json_value()
        return seen

    def wait_for(self, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        deadline = time.monotonic() + SHOWN_WITHIN_MS / 1000
        while True:
            seen = self.read()
            if wanted(seen):
                return seen
            if time.monotonic() > deadline:
                raise AssertionError(f"not shown: {seen}")
            time.sleep(0.005)

    def step(self, is_forward: bool) -> dict[str, Any]:
        """To the next image or the previous one, which is there."""
        before = self.read()["image"]
        self.press("PageDown" if is_forward else "PageUp")
        return self.wait_for(lambda seen: seen["image"] != before)

    def drag(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        """From a place of the picture to another, both as fractions; nothing is selected that would move instead."""
        whole = self.page.locator("#image-view .view-picture").bounding_box()
        assert whole is not None
        mouse = self.page.mouse
        self.page.keyboard.down("Control")
        mouse.move(whole["x"] + start[0] * whole["width"], whole["y"] + start[1] * whole["height"])
        mouse.down()
        mouse.move(whole["x"] + end[0] * whole["width"], whole["y"] + end[1] * whole["height"], steps=2)
        mouse.up()
        self.page.keyboard.up("Control")

    def press(self, keys: str) -> None:
        self.page.keyboard.press(keys)

    def focus_box(self, box: str) -> None:
        self.page.locator(f'#image-view g[data-box="{box}"]').focus()

    def save_state(self) -> dict[str, Any]:
        state: dict[str, Any] = self.page.evaluate(
            """() => {
              const place = document.querySelector('#image-view [data-part="save"]');
              return { kind: place?.dataset.saveState ?? "", words: place?.textContent ?? "" };
            }"""
        )
        return state


class BoxingRun(PersonUnderFaults[EditorHands]):
    """Boxes drawn, moved, retagged, duplicated, deleted; images said to be empty; undo and redo."""

    def _prepare(self) -> None:
        made = make_scenes(self._install, "Boxes", IMAGES, BOXED)
        self._project = made.id
        self._tags = list(made.tag_ids.values())
        self._in_doubt: str | None = None
        self._oracle: dict[str, Seen] = {}

    def _rest(self) -> None:
        """The hand stays where it is."""

    # --- acts ---------------------------------------------------------------------------------------------------------

    def _act(self) -> None:
        hands, roll = self._hands, self._random.random()
        if roll < 0.12:
            self._step(hands, hands.done, hands.undone, "Control+z")
            return
        if roll < 0.18:
            self._step(hands, hands.undone, hands.done, "Control+Shift+Z")
            return
        if roll < 0.35:
            place = list(self._oracle).index(hands.read()["image"])
            is_forward = place == 0 or (place < IMAGES - 1 and self._random.random() < 0.5)
            hands.step(is_forward)
        image = hands.read()["image"]
        boxes = list(self._oracle[image].boxes)
        if not boxes and roll > 0.85:
            self._toggle_no_objects(hands)
        elif boxes and (roll > 0.6 or len(boxes) >= MOST_BOXES):
            self._change_box(hands, self._random.choice(boxes), len(boxes))
        else:
            self._draw(hands)

    def _simple_act(self, tab: EditorHands) -> None:
        image = tab.read()["image"]
        seen = self._oracle[image]
        tab.wait_for(lambda now: set(now["boxes"]) == set(seen.boxes))  # another tab's edits come a moment later
        self._draw(tab)

    def _begin(self) -> None:
        self._in_doubt = self._hands.read()["image"]
        self._hands.drag(*self._drag())

    def _there_and_back(self) -> None:
        self._draw(self._hands)
        self._step(self._hands, self._hands.done, self._hands.undone, "Control+z")

    def _drag(self) -> tuple[tuple[float, float], tuple[float, float]]:
        left, top = self._random.uniform(0.05, 0.6), self._random.uniform(0.05, 0.6)
        return (left, top), (left + self._random.uniform(0.1, 0.3), top + self._random.uniform(0.1, 0.3))

    def _draw(self, hands: EditorHands) -> None:
        (left, top), (right, bottom) = start, end = self._drag()
        before = hands.read()
        hands.drag(start, end)
        after = self._see(hands, before, len(before["boxes"]) + 1)
        (drawn,) = set(after["boxes"]) - set(before["boxes"])
        place = after["boxes"][drawn][1:]
        wanted = (left, top, right - left, bottom - top)
        # The pointer stops at whole pixels of the screen.
        if any(abs(one - other) > 0.02 for one, other in zip(place, wanted, strict=True)):
            self.figures.mishaps.append(f"drew {wanted}, got {place}")

    def _change_box(self, hands: EditorHands, box: str, count: int) -> None:
        before = hands.read()
        hands.focus_box(box)
        color = before["boxes"][box][0]
        act = self._random.choice(["delete", "move", "retag", "duplicate"])
        if act == "delete":
            hands.press("Delete")
            self._see(hands, before, count - 1)
        elif act == "duplicate":
            hands.press("d")
            self._see(hands, before, count + 1)
        elif act == "retag":
            hands.press("2" if color == "1" else "1")
            self._see(hands, before, count)
        else:
            place = before["boxes"][box]
            hands.press("Shift+ArrowLeft" if place[1] > 0.1 else "Shift+ArrowRight")
            self._see(hands, before, count)

    def _toggle_no_objects(self, hands: EditorHands) -> None:
        before = hands.read()
        hands.press("n")
        seen = hands.wait_for(lambda now: now["hasNoObjects"] is not before["hasNoObjects"])
        self._note(seen)
        hands.done.append(Step(seen["image"], frozenset(), frozenset()))
        hands.undone.clear()

    def _see(self, hands: EditorHands, before: dict[str, Any], count: int) -> dict[str, Any]:
        """The page shows the act as performed, and it is kept: it has to survive from here on."""
        ids = frozenset(before["boxes"])
        seen = hands.wait_for(lambda now: len(now["boxes"]) == count and frozenset(now["boxes"]) != ids)
        self._note(seen)
        hands.done.append(Step(seen["image"], ids, frozenset(seen["boxes"])))
        hands.undone.clear()
        return seen

    def _note(self, seen: dict[str, Any]) -> None:
        known = self._oracle[seen["image"]]
        known.boxes, known.has_no_objects = seen["boxes"], seen["hasNoObjects"]
        known.edits += 1
        self.figures.performed += 1

    def _step(self, hands: EditorHands, steps: list[Step], others: list[Step], keys: str) -> None:
        if not steps:
            return
        step = steps.pop()
        was_none = self._oracle[step.image].has_no_objects
        hands.press(keys)

        def is_done(now: dict[str, Any]) -> bool:
            if now["image"] != step.image or frozenset(now["boxes"]) != step.before:
                return False
            return step.before != step.after or now["hasNoObjects"] is not was_none

        self._note(hands.wait_for(is_done))
        others.append(Step(step.image, step.after, step.before))

    # --- pages --------------------------------------------------------------------------------------------------------

    def _open(self) -> EditorHands:
        page = self._context.new_page()
        self._sign_in(page)
        page.goto(f"/projects/{self._project}/images?order=oldest")
        page.locator("#gallery-tiles:not([aria-busy])").wait_for(state="attached", timeout=SHOWN_WITHIN_MS)
        page.locator("#gallery-tiles .tile a").first.click()
        hands = EditorHands(page)
        doubted, self._in_doubt = self._in_doubt, None
        is_first = not self._oracle
        for number in range(IMAGES):
            seen = hands.read()
            if is_first:
                self._oracle[seen["image"]] = Seen(
                    stored_images(self._install, self._project)[seen["image"]].version, seen["boxes"]
                )
            else:
                self._compare_shown(seen, doubted)
            if number < IMAGES - 1:
                hands.step(is_forward=True)
        return hands

    def _compare_shown(self, seen: dict[str, Any], doubted: str | None) -> None:
        known = self._oracle[seen["image"]]
        ids = set(seen["boxes"])
        if seen["image"] == doubted and len(ids - set(known.boxes)) == 1 and ids > set(known.boxes):
            self._note(seen)
        elif ids != set(known.boxes) or seen["hasNoObjects"] is not known.has_no_objects:
            self.figures.lost.append(f"a new page shows {seen}, not {known}")

    # --- the truth ----------------------------------------------------------------------------------------------------

    def _compare(self, kind: str) -> None:
        for image, stored in stored_images(self._install, self._project).items():
            seen = self._oracle[image]
            is_same = set(stored.boxes) == set(seen.boxes) and stored.has_no_objects is seen.has_no_objects
            for box, (tag, *edges) in stored.boxes.items():
                color, *place = seen.boxes.get(box, ["", 0, 0, 0, 0])
                is_same &= self._tags[int(color or 1) - 1] == tag
                is_same &= all(abs(one - other) < TOLERANCE for one, other in zip(edges, place, strict=True))
            is_same &= stored.tags == {tag for tag, *_ in stored.boxes.values()}
            if not is_same:
                self.figures.lost.append(f"after {kind}: the database has {stored}, the person saw {seen}")

    def _compare_traces(self) -> None:
        for image, stored in stored_images(self._install, self._project).items():
            seen = self._oracle[image]
            if stored.version != seen.version + seen.edits:
                self.figures.twice.append(
                    f"{image}: version {stored.version}, from {seen.version} by {seen.edits} edits"
                )
