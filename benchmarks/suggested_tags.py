"""Images labeled a minute by a scripted person, from nothing and by confirming what a model suggests.

Trains on a third of trashnet and of bccd, and labels the rest in the browser. Prints one JSON object as its last line.
"""

import argparse
import json
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from playwright.sync_api import Page, expect  # noqa: E402

from benchmarks._signed_in_page import signed_in  # noqa: E402
from benchmarks.box_editor import AIM_SECONDS, KEY_SECONDS, LOOK_SECONDS, PULL_SECONDS  # noqa: E402
from tests.e2e.projects import MadeProject, train  # noqa: E402
from tests.e2e.real_sets import REAL_TRAINING_SECONDS, RealImage, make_real_project, read_set  # noqa: E402
from tests.e2e.suggested_hands import Boxer, Confirmer, expect_saved, look_at_all, upload_bare  # noqa: E402
from tests.live_install import LiveInstall, running_install  # noqa: E402

# Of a picture among thirty that are all said to show the same, or of a dotted box, one only has to see whether it is
# so; to say what a picture shows takes a look.
CHECK_SECONDS = 0.4
CHECK_BOX_SECONDS = 0.2
SECONDS = {"look": LOOK_SECONDS, "aim": AIM_SECONDS, "pull": PULL_SECONDS, "key": KEY_SECONDS}


class Pace:
    """A person's time, taken and added up by what it was for."""

    def __init__(self, check_seconds: float) -> None:
        self._seconds = {**SECONDS, "check": check_seconds}
        self.counts = Counter[str]()
        self._started = time.perf_counter()

    def __call__(self, what: str) -> None:
        self.counts[what] += 1
        time.sleep(self._seconds[what])

    def figures(self, images: int) -> dict[str, Any]:
        """Images a minute; also as it would be if a check took as long as a look."""
        elapsed = time.perf_counter() - self._started
        person = sum(self._seconds[what] * count for what, count in self.counts.items())
        careful = elapsed + self.counts["check"] * (LOOK_SECONDS - self._seconds["check"])
        return {
            "images": images,
            "images_a_minute": round(60 * images / elapsed, 1),
            "images_a_minute_when_a_check_takes_a_look": round(60 * images / careful, 1),
            "share_of_time_that_was_the_persons": round(person / elapsed, 3),
            "moments": dict(self.counts),
        }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sets", nargs="*", default=["trashnet", "bccd"], choices=["trashnet", "bccd"])
    parser.add_argument("--images", type=int, default=60, help="labeled from nothing; with boxes half as many")
    options = parser.parse_args()
    found: dict[str, Any] = {}
    with running_install() as install, signed_in(install) as page:
        for name in options.sets:
            images = read_set(name, "train")
            if not images:
                continue
            labeled, bare = images[::3], [image for place, image in enumerate(images) if place % 3]
            measured = boxes if name == "bccd" else tags
            found[name] = measured(install, page, name, labeled, bare, options.images)
            print(f"{name}: {found[name]}", flush=True)
    print(json.dumps(found or {"skipped": "The image sets are absent; name their folder by SIGHTLINE_SHARED_DATA."}))


def made(
    install: LiveInstall, name: str, labeled: list[RealImage], bare: list[RealImage], *, is_detection: bool
) -> tuple[MadeProject, dict[str, RealImage]]:
    project = make_real_project(install, name, labeled, is_detection=is_detection)
    return project, upload_bare(install, project, bare)


def each_tag(images: list[RealImage]) -> list[RealImage]:
    """One image of each tag, so that the project has them all."""
    return list(
        {image.path: image for image in {tag: image for image in images for tag in image.tags}.values()}.values()
    )


def tags(
    install: LiveInstall, page: Page, name: str, labeled: list[RealImage], bare: list[RealImage], count: int
) -> dict[str, Any]:
    """From nothing: each image large, one key, and the next follows. Suggested: the pages of each tag."""
    project, truth = made(install, name, labeled, bare, is_detection=False)
    train(install, project, REAL_TRAINING_SECONDS)
    look_at_all(page, project, len(bare))
    pace = Pace(CHECK_SECONDS)
    person = Confirmer(page, truth, pace)
    for tag in project.tag_ids:
        person.confirm_tag(project, tag)
    suggested = {**pace.figures(person.confirmed), "unticked": person.unticked, "pages": person.pages}
    other, truth = made(install, f"{name}, from nothing", each_tag(labeled), bare[:count], is_detection=False)
    return {"from_nothing": by_key(page, other, truth), "suggested": suggested}


def by_key(page: Page, project: MadeProject, truth: dict[str, RealImage]) -> dict[str, Any]:
    page.goto(f"/projects/{project.id}/images?tagging=untagged")
    page.locator("#gallery-tiles .tile a").first.click()
    page.get_by_role("switch", name="Next follows a single tag").check()
    keys = {tag: str(place + 1) for place, tag in enumerate(project.tag_ids)}
    picture = page.locator("#image-view .view-picture")
    pace = Pace(CHECK_SECONDS)
    for number in range(len(truth)):
        shown = page.wait_for_function(
            "() => new URLSearchParams(location.search).get('image')", polling=10
        ).json_value()
        page.wait_for_function("(image) => document.querySelector('#image-view .view-picture').dataset.image === image",
                               arg=shown, polling=10)  # fmt: skip
        pace("look")
        pace("key")
        page.keyboard.press(keys[truth[shown].tags[0]])
        if number < len(truth) - 1:
            expect(picture).not_to_have_attribute("data-image", shown)
    figures = pace.figures(len(truth))
    page.keyboard.press("Escape")
    expect_saved(page)
    return figures


def boxes(
    install: LiveInstall, page: Page, name: str, labeled: list[RealImage], bare: list[RealImage], count: int
) -> dict[str, Any]:
    """From nothing: every box is drawn. Suggested: all are accepted, the wrong ones deleted, the missed ones drawn."""
    count //= 2
    project, truth = made(install, name, labeled, bare, is_detection=True)
    other, other_truth = made(install, f"{name}, from nothing", each_tag(labeled), bare[:count], is_detection=True)
    from_nothing, _ = boxed(page, Boxer(page, other, other_truth), "images?tagging=untagged", count)
    train(install, project, REAL_TRAINING_SECONDS)
    look_at_all(page, project, len(bare))
    suggested, person = boxed(page, Boxer(page, project, truth), "images/suggested", count)
    acts = {"accepted": person.accepted, "deleted": person.deleted, "drawn": person.drawn}
    return {"from_nothing": from_nothing, "suggested": {**suggested, **acts}}


def boxed(page: Page, person: Boxer, place: str, count: int) -> tuple[dict[str, Any], Boxer]:
    person.open(place)
    pace = person.takes = Pace(CHECK_BOX_SECONDS)
    for _ in range(count):
        person.box_image()
        if not person.next():
            break
    figures = pace.figures(person.images)
    page.keyboard.press("Escape")
    expect_saved(page)
    return figures, person


if __name__ == "__main__":
    main()
