"""A person's hands and eyes on the Training images page: keys pressed, tiles read."""

from collections.abc import Mapping
from typing import Any

from playwright.sync_api import Page

from tests.faults.edit_oracle import Act

SHOWN_WITHIN_MS = 20_000
# Tiles that the page shows: their image and the names of their tags, as a screen reader is told them.
READ_TILES = """
() => [...document.querySelectorAll("#gallery-tiles > .tile")].map((tile) => {
  const told = tile.querySelector("img").alt;
  const names = told.slice(told.indexOf(": ") + 2);
  return [tile.dataset.image, names === "untagged" ? [] : names.split(", ")];
})
"""
SHOWS = f"""
(wanted) => {{
  const shown = new Map(({READ_TILES})());
  return wanted.every(([image, names]) => {{
    const found = shown.get(image);
    if (names === null || found === undefined) return names === null && found === undefined;
    return found.toSorted().join() === names.toSorted().join();
  }});
}}
"""
VIEW_SHOWS = """
([image, ids]) => {
  const on = [...document.querySelectorAll('#image-view [data-tag-id][aria-pressed="true"]')];
  return new URLSearchParams(location.search).get("image") === image
    && on.map((button) => button.dataset.tagId).toSorted().join() === ids.toSorted().join();
}
"""
Shown = Mapping[str, frozenset[str] | None]


class GalleryHands:
    """One tab. `tags`: ids of the tags in the order of their keys, with their names."""

    def __init__(self, page: Page, tags: Mapping[str, str]) -> None:
        self.page = page
        self._names = tags
        self._keys = {tag: str(place + 1) for place, tag in enumerate(tags)}
        self.done: list[Act] = []
        self.undone: list[Act] = []

    def performed(self, act: Act) -> None:
        self.done.append(act)
        self.undone.clear()

    def read(self) -> dict[str, frozenset[str]]:
        """Every image shown, and the ids of its tags."""
        ids = {name: tag for tag, name in self._names.items()}
        found = self.page.evaluate(READ_TILES)
        return {image: frozenset(ids[name] for name in names) for image, names in found}

    def wait_until_drawn(self) -> None:
        self.page.locator("#gallery-tiles:not([aria-busy])").wait_for(state="attached", timeout=SHOWN_WITHIN_MS)

    def wait_until_shown(self, wanted: Shown) -> None:
        """The edit is performed as soon as the gallery shows it; it has to survive from here on."""
        named = [
            [image, tags if tags is None else [self._names[tag] for tag in tags]] for image, tags in wanted.items()
        ]
        self.page.wait_for_function(SHOWS, arg=named, timeout=SHOWN_WITHIN_MS)

    def focus(self, image: str) -> None:
        self.page.locator(f'#gallery-tiles > [data-image="{image}"] > a').focus()

    def press(self, keys: str) -> None:
        self.page.keyboard.press(keys)

    def press_tag(self, tag: str) -> None:
        self.press(self._keys[tag])

    def select(self, images: list[str]) -> None:
        for image in images:
            self.focus(image)
            self.press("Space")

    def clear_selection(self) -> None:
        if self.page.locator("#selection-bar").is_visible():
            self.press("Escape")

    def untag_selection(self) -> None:
        self.page.locator('#selection-bar [data-act="untag"]').press("Enter")

    def type_tag(self, tag: str) -> None:
        """Type the tag's name in the box for tags."""
        self.press("t")
        field = self.page.get_by_role("combobox", name="Tag")
        field.fill(self._names[tag])
        field.press("Enter")

    def open_view(self, image: str) -> None:
        self.focus(image)
        self.press("Enter")
        self.page.locator("#image-view:not([hidden])").wait_for(timeout=SHOWN_WITHIN_MS)

    def close_view(self) -> None:
        self.press("Escape")
        self.page.locator("#image-view").wait_for(state="hidden", timeout=SHOWN_WITHIN_MS)

    def wait_until_view_shows(self, image: str, tags: frozenset[str]) -> None:
        self.page.wait_for_function(VIEW_SHOWS, arg=[image, list(tags)], timeout=SHOWN_WITHIN_MS)

    def save_state(self) -> dict[str, Any]:
        """The save state that the page shows: its kind and its words."""
        state: dict[str, Any] = self.page.evaluate(
            """() => {
              const place = document.querySelector(".gallery-save");
              return { kind: place?.dataset.saveState ?? "", words: place?.textContent ?? "" };
            }"""
        )
        return state
