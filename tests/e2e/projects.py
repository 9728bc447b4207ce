"""Projects that browser tests start from, made through the training API."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import httpx

from tests.live_install import LiveInstall
from tests.pictures import picture

TRAINED_WITHIN_SECONDS = 120


@dataclass
class MadeProject:
    id: str
    tag_ids: dict[str, str]
    iteration_id: str = ""
    image_ids: dict[str, str] = field(default_factory=dict)  # by file name, where photos were put in


def training_api(install: LiveInstall) -> httpx.Client:
    base = f"{install.endpoint}/customvision/v3.4/training/"
    return httpx.Client(base_url=base, headers={"Training-Key": install.training_key}, timeout=60)


def make_project(
    install: LiveInstall, name: str, tags: Sequence[str] = (), images_per_tag: int = 0, kind: str = "Multiclass"
) -> MadeProject:
    """A classification project; each tag's pictures show the shape of that name."""
    with training_api(install) as api:
        project = answer(api.post("projects", params={"name": name, "classificationType": kind}))["id"]
        made = MadeProject(project, {})
        for tag in tags:
            made.tag_ids[tag] = answer(api.post(f"projects/{project}/tags", params={"name": tag}))["id"]
            for number in range(images_per_tag):
                files = {"imageData": (f"{tag}-{number}.jpg", picture(tag, number), "image/jpeg")}
                answer(api.post(f"projects/{project}/images", params={"tagIds": made.tag_ids[tag]}, files=files))
    return made


def train(install: LiveInstall, project: MadeProject, within_seconds: float = TRAINED_WITHIN_SECONDS) -> str:
    """Train and wait; returns the iteration's id."""
    with training_api(install) as api:
        iteration = answer(api.post(f"projects/{project.id}/train", params={"forceTrain": True}))["id"]
        deadline = time.monotonic() + within_seconds
        while time.monotonic() < deadline:
            status = answer(api.get(f"projects/{project.id}/iterations/{iteration}"))["status"]
            if status != "Training":
                assert status == "Completed", status
                project.iteration_id = iteration
                return str(iteration)
            time.sleep(0.5)
    raise AssertionError("not trained in time")


def publish(install: LiveInstall, project: MadeProject, name: str) -> None:
    with training_api(install) as api:
        parameters = {"publishName": name, "predictionId": install.prediction_resource_id}
        address = f"projects/{project.id}/iterations/{project.iteration_id}/publish"
        api.post(address, params=parameters).raise_for_status()


def answer(response: httpx.Response) -> dict:  # type: ignore[type-arg]
    response.raise_for_status()
    found: dict = response.json()  # type: ignore[type-arg]
    return found
