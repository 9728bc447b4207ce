"""A client with one small project: what a fault must leave working."""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager, closing
from typing import Any
from uuid import UUID

import httpx

from tests.faults.published_model import publish_model
from tests.faults.tagged_project import connection
from tests.live_install import LiveInstall
from tests.pictures import picture

IMAGES_PER_TAG = 6
NAME = "current"


def eventually(condition: Callable[[], bool], within_seconds: float = 60.0) -> float:
    """Seconds until the condition held."""
    started = time.monotonic()
    while not condition():
        assert time.monotonic() - started < within_seconds, "it did not happen in time"
        time.sleep(0.1)
    return time.monotonic() - started


class SmallClient(AbstractContextManager["SmallClient"]):
    """Speaks to one install through the API; counts what was acknowledged."""

    def __init__(self, install: LiveInstall, timeout_seconds: float = 60.0) -> None:
        self._install = install
        self._api = httpx.Client(
            base_url=f"{install.endpoint}/customvision/v3.3/Training",
            headers={"Training-Key": install.training_key},
            timeout=timeout_seconds,
        )
        self._app = httpx.Client(
            base_url=install.endpoint, headers={"Prediction-Key": install.prediction_key}, timeout=timeout_seconds
        )
        self._number = 1000
        self.uploaded = 0
        self.project = ""
        self.tags: list[str] = []

    def __exit__(self, *_: object) -> None:
        self._api.close()
        self._app.close()

    def make_project(self) -> None:
        """Two tags with enough images to train, and a published model."""
        self.project = self._api.post("/projects", params={"name": "Shapes"}).raise_for_status().json()["id"]
        for shape in ("circle", "cross"):
            answer = self._api.post(self.path("/tags"), params={"name": shape}).raise_for_status()
            self.tags.append(answer.json()["id"])
            data = [picture(shape, number) for number in range(IMAGES_PER_TAG)]
            assert set(self.upload(*data, tag=self.tags[-1])) == {"OK"}
        publish_model(self._install, self.project, NAME)

    def path(self, rest: str) -> str:
        return f"/projects/{self.project}{rest}"

    def post_images(self, *pictures: bytes, tag: str = "") -> httpx.Response:
        parts = {f"{n}.jpg": (f"{n}.jpg", data, "image/jpeg") for n, data in enumerate(pictures)}
        return self._api.post(self.path("/images"), params={"tagIds": tag or self.tags[0]}, files=parts)

    def upload(self, *pictures: bytes, tag: str = "") -> list[str]:
        """What became of each."""
        statuses = [str(each["status"]) for each in self.post_images(*pictures, tag=tag).json()["images"]]
        self.uploaded += statuses.count("OK")
        return statuses

    def train(self) -> httpx.Response:
        return self._api.post(self.path("/train"), params={"forceTrain": "true"})

    def wait_trained(self, iteration_id: str, within_seconds: float) -> dict[str, Any]:
        """The iteration, once it is trained or has failed."""
        found: dict[str, Any] = {}

        def has_ended() -> bool:
            found.update(self._api.get(self.path(f"/iterations/{iteration_id}")).raise_for_status().json())
            return bool(found["status"] != "Training")

        eventually(has_ended, within_seconds)
        return found

    def first_image_address(self) -> str:
        """Where an image's original is; it needs no key."""
        images = self._api.get(self.path("/images"), params={"take": 1}).raise_for_status().json()
        return str(images[0]["originalImageUri"])

    def predict(self, more: str = "") -> httpx.Response:
        self._number += 1
        path = f"/customvision/v3.0/Prediction/{self.project}/classify/iterations/{NAME}/image{more}"
        return self._app.post(path, files={"imageData": picture("circle", self._number)})

    def warm_up(self) -> None:
        """Let every web process load the model: each connection is taken by one of them."""
        for _ in range(30):
            answer = httpx.post(
                f"{self._install.endpoint}/customvision/v3.0/Prediction/{self.project}/classify/iterations/{NAME}"
                "/image/nostore",
                files={"imageData": picture("circle", 1)},
                headers={"Prediction-Key": self._install.prediction_key},
                timeout=60,
            )
            assert answer.status_code == 200

    def stored_predictions(self) -> list[str]:
        answer = self._api.post(self.path("/predictions/query"), json={}).raise_for_status()
        return [each["id"] for each in answer.json()["results"]]

    def image_count(self) -> int:
        return int(self._api.get(self.path("/images/count")).raise_for_status().json())

    def writing_calls(self) -> dict[str, Callable[[], httpx.Response]]:
        """Calls that need room; none of them is counted."""
        return {
            "upload": lambda: self.post_images(picture("cross", 900)),
            "create tag": lambda: self._api.post(self.path("/tags"), params={"name": "one more"}),
            "train": self.train,
            "predict": self.predict,
        }

    def delete_first_image(self) -> None:
        image = self._api.get(self.path("/images"), params={"take": 1}).raise_for_status().json()[0]["id"]
        self._api.delete(self.path("/images"), params={"imageIds": image}).raise_for_status()
        self.uploaded -= 1

    def removed_rows(self) -> int:
        """Images that were deleted, are in no iteration, and whose rows are still there."""
        with closing(connection(self._install)) as database:
            rows = database.execute(
                "SELECT COUNT(*) FROM labeling_image WHERE removed IS NOT NULL AND NOT EXISTS"
                " (SELECT 1 FROM labeling_snapshotimage AS held WHERE held.image_id = labeling_image.id)"
            )
            return int(rows.fetchone()[0])

    def stored_rows(self) -> list[str]:
        """Ids of all stored predictions: a query passes over those that a clock since set back dated ahead."""
        with closing(connection(self._install)) as database:
            rows = database.execute("SELECT id FROM inference_storedprediction").fetchall()
        return sorted(str(UUID(str(row[0]))) for row in rows)

    def jobs(self) -> list[tuple[object, ...]]:
        """Kind, state, attempt and stage of each job."""
        with closing(connection(self._install)) as database:
            return list(database.execute("SELECT kind, state, attempt, stage, error FROM portal_job").fetchall())

    def delete_project(self) -> int:
        """The status of the answer."""
        for each in self._api.get(self.path("/iterations")).json():
            if each.get("publishName"):
                self._api.delete(self.path(f"/iterations/{each['id']}/publish")).raise_for_status()
        return self._api.delete(f"/projects/{self.project}").status_code
