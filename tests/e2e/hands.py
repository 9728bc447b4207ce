"""Two ways to use a page: by mouse, and by keyboard alone with a look at where the focus is."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from playwright.sync_api import Locator, Page, expect

MOST_TABS = 120
FOCUS_WITHIN_MS = 5_000

# What is wrong with the focus as it stands; "" for nothing. A hidden file input is seen as its label, a card's or a
# tile's link by the ring around the whole; a heading that was given the focus to be read from shows none.
FOCUS_FAULT = """() => {
  const focused = document.activeElement;
  if (!focused || focused === document.body) return "the focus is on nothing";
  const seen = focused.classList.contains("sr") ? focused.closest("label") ?? focused : focused;
  const name = seen.outerHTML.slice(0, 120);
  const box = seen.getBoundingClientRect();
  if (box.width < 1 || box.height < 1) return `no size: ${name}`;
  if (box.bottom <= 0 || box.top >= innerHeight) return `out of sight: ${name}`;
  if (box.right <= 0 || box.left >= innerWidth) return `out of sight: ${name}`;
  const hasOutline = (style) => style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  const hasRing = (element, part) => {
    const style = getComputedStyle(element, part);
    return hasOutline(style) || style.boxShadow !== "none";
  };
  const around = [seen.closest(".pcard"), seen.closest("label")].filter(Boolean);
  const isHeading = /^H[1-6]$/.test(seen.tagName);
  if (!isHeading && !hasRing(seen) && !around.some((element) => hasOutline(getComputedStyle(element)))
    && ![...seen.children].some((child) => hasRing(child, "::after"))) return `no ring: ${name}`;
  const left = Math.max(0, box.left), right = Math.min(innerWidth, box.right);
  const top = Math.max(0, box.top), bottom = Math.min(innerHeight, box.bottom);
  const over = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
  if (over && !seen.contains(over) && !over.contains(seen)) return `covered by ${over.outerHTML.slice(0, 80)}: ${name}`;
  return "";
}"""


class Hands(Protocol):
    """How a person reaches what is on the page."""

    def press(self, control: Locator) -> None: ...

    def write(self, field: Locator, text: str) -> None: ...

    def choose(self, select: Locator, option: str) -> None: ...

    def give_files(self, control: Locator, files: Sequence[Path]) -> None: ...

    def look_at_focus(self, page: Page, expected: Locator | None = None) -> None: ...


class Mouse:
    def press(self, control: Locator) -> None:
        control.click()

    def write(self, field: Locator, text: str) -> None:
        field.fill(text)

    def choose(self, select: Locator, option: str) -> None:
        label = select.locator("option").filter(has_text=option).first.inner_text()
        select.select_option(label=label)

    def give_files(self, control: Locator, files: Sequence[Path]) -> None:
        with control.page.expect_file_chooser() as chooser:
            control.click()
        chooser.value.set_files(files)

    def look_at_focus(self, page: Page, expected: Locator | None = None) -> None:
        """A pointer needs no focus."""


class Keyboard:
    def press(self, control: Locator) -> None:
        tab_to(control)
        control.page.keyboard.press("Enter")

    def write(self, field: Locator, text: str) -> None:
        tab_to(field)
        field.page.keyboard.press("Control+A")
        field.page.keyboard.type(text)

    def choose(self, select: Locator, option: str) -> None:
        tab_to(select)
        select.page.keyboard.type(option)

    def give_files(self, control: Locator, files: Sequence[Path]) -> None:
        field = control.locator("input[type=file]")
        tab_to(field if field.count() else control)
        with control.page.expect_file_chooser() as chooser:
            control.page.keyboard.press("Enter")
        chooser.value.set_files(files)

    def look_at_focus(self, page: Page, expected: Locator | None = None) -> None:
        """The focus is seen, and where a person goes on."""
        if expected is not None:
            expect(expected).to_be_focused()
        page.wait_for_function(f"({FOCUS_FAULT})() === ''", timeout=FOCUS_WITHIN_MS)


def tab_to(control: Locator) -> None:
    """Press Tab until it has the focus; every stop on the way is one that can be seen."""
    page = control.page
    expect(control).to_be_visible()
    for presses in range(MOST_TABS):
        if control.evaluate("element => element === document.activeElement"):
            assert page.evaluate(FOCUS_FAULT) == ""
            return
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement === document.body"):
            continue  # round the end of the page
        fault = page.evaluate(FOCUS_FAULT)
        assert fault == "", f"after {presses + 1} tabs: {fault}"
    raise AssertionError(f"{control} is not reached in {MOST_TABS} tabs")
