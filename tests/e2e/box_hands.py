"""A person's hands and eyes on the box editor: drags on the picture, keys, boxes read."""

from dataclasses import dataclass

from playwright.sync_api import Locator, Page, expect

from tests.e2e.projects import MadeProject, answer, training_api
from tests.live_install import LiveInstall
from tests.pictures import scene

DETECTION_DOMAIN = "da2e3a8a-40a5-4171-82f4-58522f70fbc1"
SIDE_PX = 160


@dataclass(frozen=True)
class StoredBox:
    """A region as the training API tells it: fractions of the image."""

    tag: str
    left: float
    top: float
    width: float
    height: float


def make_scenes(install: LiveInstall, name: str, count: int, boxed: int = 0) -> MadeProject:
    """A detection project with tags circle and cross, and drawn scenes; the first `boxed` have their boxes."""
    with training_api(install) as api:
        project = answer(api.post("projects", params={"name": name, "domainId": DETECTION_DOMAIN}))["id"]
        made = MadeProject(project, {})
        for tag in ("circle", "cross"):
            made.tag_ids[tag] = answer(api.post(f"projects/{project}/tags", params={"name": tag}))["id"]
        for number in range(count):
            image, objects = scene(number, side=SIDE_PX)
            files = {"imageData": (f"scene-{number:02}.jpg", image, "image/jpeg")}
            created = answer(api.post(f"projects/{project}/images", files=files))["images"][0]["image"]["id"]
            if number < boxed:
                regions = [
                    {
                        "imageId": created,
                        "tagId": made.tag_ids[each.shape],
                        "left": each.left,
                        "top": each.top,
                        "width": each.width,
                        "height": each.height,
                    }
                    for each in objects
                ]
                answer(api.post(f"projects/{project}/images/regions", json={"regions": regions}))
    return made


def stored_boxes(install: LiveInstall, project: MadeProject) -> dict[str, list[StoredBox]]:
    """What the server has, by file name of the image."""
    with training_api(install) as api:
        images: list[dict] = api.get(f"projects/{project.id}/images", params={"take": 256}).raise_for_status().json()  # type: ignore[type-arg]
    names = {tag_id: name for name, tag_id in project.tag_ids.items()}
    edges = ("left", "top", "width", "height")
    return {
        image["name"] if image.get("name") else image["id"]: [
            StoredBox(names[each["tagId"]], *(each[edge] for edge in edges)) for each in image.get("regions") or ()
        ]
        for image in images
    }


class Editor:
    """The open editor. Places are fractions of the picture."""

    def __init__(self, page: Page, project: MadeProject) -> None:
        self.page = page
        self._project = project

    def open(self, query: str = "?order=oldest", at: int = 0) -> "Editor":
        self.page.goto(f"/projects/{self._project.id}/images{query}")
        self.page.locator("#gallery-tiles .tile a").nth(at).click()
        expect(self.page.locator("#image-view .view-picture img")).to_be_visible()
        return self

    @property
    def svg(self) -> Locator:
        return self.page.locator("#image-view .view-boxes")

    @property
    def boxes(self) -> Locator:
        return self.svg.locator("g[data-box]")

    def point(self, x: float, y: float) -> tuple[float, float]:
        """Where on the page a place of the picture is."""
        seen = self.page.locator("#image-view .view-picture").bounding_box()
        assert seen is not None
        return seen["x"] + x * seen["width"], seen["y"] + y * seen["height"]

    def drag(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        self.page.mouse.move(*self.point(*start))
        self.page.mouse.down()
        self.page.mouse.move(*self.point(*end), steps=4)
        self.page.mouse.up()

    def click(self, x: float, y: float) -> None:
        self.page.mouse.click(*self.point(x, y))

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def expect_saved(self) -> None:
        # In this order: what is on its way into the browser's store is not waited for by the save state.
        expect(self.svg).to_have_attribute("data-coming", "0")
        expect(self.page.locator('#image-view [data-part="save"]')).to_have_attribute("data-save-state", "saved")

    def said(self) -> Locator:
        return self.page.locator('#image-view [data-part="said"]')
