"""A detection project of drawn scenes, made through the training API."""

import base64

from tests.e2e.projects import MadeProject, answer, training_api
from tests.live_install import LiveInstall
from tests.pictures import scene

DETECTION_DOMAIN = "da2e3a8a-40a5-4171-82f4-58522f70fbc1"
EDGES = ("left", "top", "width", "height")


def make_scenes(install: LiveInstall, name: str, count: int) -> MadeProject:
    """Scenes of circles and crosses, each with its boxes."""
    made = MadeProject("", {})
    with training_api(install) as api:
        made.id = answer(api.post("projects", params={"name": name, "domainId": DETECTION_DOMAIN}))["id"]
        for shape in ("circle", "cross"):
            made.tag_ids[shape] = answer(api.post(f"projects/{made.id}/tags", params={"name": shape}))["id"]
        entries = []
        for number in range(count):
            data, objects = scene(number)
            regions = [
                {"tagId": made.tag_ids[each.shape], **{edge: getattr(each, edge) for edge in EDGES}} for each in objects
            ]
            contents = base64.b64encode(data).decode()
            entries.append({"name": f"scene-{number:02}.jpg", "contents": contents, "regions": regions})
        answer(api.post(f"projects/{made.id}/images/files", json={"images": entries}))
    return made
