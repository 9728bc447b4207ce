"""Clients at work on an install: labelers through the API, a person's pages, a trainer, a predicting app."""

import hashlib
import time
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx

from tests.faults.chaos_client import REQUEST_SECONDS, ChaosClient, training
from tests.faults.ledger import DELETED, PROMOTED, STORED, UNSURE, Box, KnownImage, KnownPrediction, Ledger
from tests.live_install import ADMIN_PASSWORD, LiveInstall
from tests.pictures import picture

MOST_IMAGES = 24
MOST_TAGS = 8
MOST_ITERATIONS = 4
NAME = "current"


@dataclass(frozen=True)
class World:
    """The two projects that all work on, and the tags that stay."""

    shapes: str
    scenes: str
    shape_tags: tuple[str, str]
    scene_tags: tuple[str, str]


class Labeling(ChaosClient):
    """Uploads, tags, draws and deletes; knows its own images."""

    def __init__(self, install: LiveInstall, ledger: Ledger, seed: int, number: int, world: World) -> None:
        super().__init__(install, ledger, seed, number)
        self.world = world
        self.mine: list[KnownImage] = []

    def note_image(self, image_id: str, project: str, data: bytes, tags: set[str]) -> None:
        image = KnownImage(image_id, project, hashlib.sha256(data).hexdigest(), tags)
        known = self.ledger.images.get(image_id)
        if known is not None:
            self.ledger.mishap(f"image {image_id} was given out twice")
        self.ledger.images[image_id] = image
        self.mine.append(image)

    def some_image(self, project: str) -> KnownImage | None:
        here = [image for image in self.mine if image.project == project and not image.is_removed]
        return self.chance.choice(here) if here else None

    def some_box(self) -> tuple[float, float, float, float]:
        left, top = (round(self.chance.uniform(0, 0.6), 3) for _ in range(2))
        width, height = (round(self.chance.uniform(0.1, 0.4), 3) for _ in range(2))
        return left, top, width, height

    def has_many(self) -> bool:
        return sum(not image.is_removed for image in self.mine) > MOST_IMAGES


class Labeler(Labeling):
    """Through the training API."""

    def act(self) -> None:
        roll = self.chance.random()
        if self.has_many() or roll < 0.08:
            self._delete()
        elif roll < 0.45:
            self._upload()
        elif roll < 0.65:
            self._tag()
        elif roll < 0.92:
            self._draw()
        else:
            self._new_tag()

    def _upload(self) -> None:
        project, tags = self.chance.choice(
            ((self.world.shapes, self.world.shape_tags), (self.world.scenes, ())),
        )
        tag = self.chance.choice(tags) if tags else None
        pictures = [self.new_picture() for _ in range(self.chance.randint(1, 3))]
        parts = {f"{n}.jpg": (f"{n}.jpg", data, "image/jpeg") for n, data in enumerate(pictures)}
        query = f"?tagIds={tag}" if tag else ""
        answer = self.call("upload", "POST", training(project, f"/images{query}"), (200, 207), files=parts)
        if not answer.is_done:
            return
        for data, each in zip(pictures, answer.json["images"], strict=True):
            if each["status"] not in ("OK", "OKDuplicate"):
                self._not_stored(each["status"])
                continue
            if each["status"] == "OKDuplicate" and not answer.was_repeated:
                self.ledger.mishap(f"upload: a new picture is a duplicate: {each}")
            self.note_image(each["image"]["id"], project, data, {tag} if tag else set())
            self.ledger.did("upload")

    def _not_stored(self, status: str) -> None:
        if status == "ErrorStorage":
            self.ledger.got_no_answer("upload: ErrorStorage")
        else:
            self.ledger.mishap(f"upload: {status}")

    def _tag(self) -> None:
        image = self.some_image(self.world.shapes)
        if image is None:
            return
        own = [tag for tag, (project, name) in self.ledger.tags.items() if f"by {self.number}" in name]
        tag = self.chance.choice([*self.world.shape_tags, *own])
        if tag in image.tags and self.chance.random() < 0.5:
            query = f"?imageIds={image.id}&tagIds={tag}"
            if self.call("untag", "DELETE", training(image.project, f"/images/tags{query}"), (204,)).is_done:
                image.tags.discard(tag)
                self.ledger.did("untag")
            return
        body = {"tags": [{"imageId": image.id, "tagId": tag}]}
        if self.call("tag", "POST", training(image.project, "/images/tags"), json=body).is_done:
            image.tags.add(tag)
            self.ledger.did("tag")

    def _draw(self) -> None:
        image = self.some_image(self.world.scenes)
        if image is None:
            return
        tag, edges = self.chance.choice(self.world.scene_tags), self.some_box()
        region = dict(zip(("left", "top", "width", "height"), edges, strict=True)) | {"imageId": image.id, "tagId": tag}
        path = training(image.project, "/images/regions")
        if self.call("draw", "POST", path, json={"regions": [region]}).is_done:
            image.boxes.add((tag, *edges))
            image.tags.add(tag)
            self.ledger.did("draw")

    def _delete(self) -> None:
        image = self.some_image(self.chance.choice((self.world.shapes, self.world.scenes)))
        if image is None:
            return
        path = training(image.project, f"/images?imageIds={image.id}")
        if self.call("delete image", "DELETE", path, (204,)).is_done:
            image.is_removed = True
            self.ledger.did("delete image")

    def _new_tag(self) -> None:
        number = sum(f"by {self.number}" in name for _, name in self.ledger.tags.values())
        if number >= MOST_TAGS:
            return
        name, project = f"{number} by {self.number}", self.world.shapes
        answer = self.call("create tag", "POST", training(project, f"/tags?name={name}"), (200, 400))
        if answer.is_done:
            tag = answer.json["id"]
        else:
            tags = self.call("get tags", "GET", training(project, "/tags")).json
            tag = next((each["id"] for each in tags if each["name"] == name), None)
            if tag is None or not answer.was_repeated:
                self.ledger.mishap(f"create tag: {answer.code}")
                return
        self.ledger.tags[tag] = (project, name)
        self.ledger.did("create tag")


class Person(Labeling):
    """Through the pages' own addresses, signed in; each edit has an id under which it is sent again."""

    _csrf = ""

    def act(self) -> None:
        if not self._csrf:
            self._sign_in()
        roll = self.chance.random()
        if self.has_many() or roll < 0.06:
            self._delete_and_maybe_restore()
        elif roll < 0.35:
            self._upload()
        elif roll < 0.65:
            self._toggle_tag()
        else:
            self._draw()

    def headers(self) -> dict[str, str]:
        return {"Accept": "application/json", "X-CSRFToken": self._csrf, "Referer": self.install.endpoint}

    def _sign_in(self) -> None:
        self.call("sign in", "GET", "/sign-in")
        form = {"username": "admin", "password": ADMIN_PASSWORD, "csrfmiddlewaretoken": self._http.cookies["csrftoken"]}
        self.call("sign in", "POST", "/sign-in", (302,), data=form)
        self._csrf = self._http.cookies["csrftoken"]

    def _upload(self) -> None:
        project = self.chance.choice((self.world.shapes, self.world.scenes))
        tag = self.chance.choice(self.world.shape_tags) if project == self.world.shapes else None
        data = self.new_picture()
        path = f"/projects/{project}/uploads" + (f"?tag={tag}" if tag else "")
        answer = self.call("page upload", "POST", path, files={"files": ("a.jpg", data, "image/jpeg")})
        if not answer.is_done:
            return
        (each,) = answer.json["images"]
        if each["status"] not in ("OK", "OKDuplicate"):
            self.ledger.got_no_answer(f"page upload: {each['status']}")
            return
        self.note_image(each["image"], project, data, {tag} if tag else set())
        self.ledger.did("page upload")

    def _edit(self, act: str, image: KnownImage, words: str, **change: Any) -> bool:
        body = {"id": str(uuid4()), "act": act, "changes": [{"image": image.id, "version": image.version, **change}]}
        answer = self.call(words, "POST", f"/projects/{image.project}/edits", json=body)
        if not answer.is_done:
            return False
        if answer.json["conflicts"]:
            self.ledger.mishap(f"{words}: {answer.json['conflicts']}")
            return False
        image.version = answer.json["images"][0]["version"]
        self.ledger.did(words)
        return True

    def _toggle_tag(self) -> None:
        image = self.some_image(self.world.shapes)
        if image is None:
            return
        tag = self.chance.choice(self.world.shape_tags)
        if tag in image.tags:
            if self._edit("label", image, "page untag", removeTags=[tag]):
                image.tags.discard(tag)
        elif self._edit("label", image, "page tag", addTags=[tag]):
            image.tags.add(tag)

    def _draw(self) -> None:
        image = self.some_image(self.world.scenes)
        if image is None:
            return
        box: Box = (self.chance.choice(self.world.scene_tags), *self.some_box())
        record = dict(zip(("tag", "left", "top", "width", "height"), box, strict=True)) | {"id": str(uuid4())}
        if self._edit("label", image, "page draw", addBoxes=[record]):
            image.boxes.add(box)
            image.tags.add(box[0])

    def _delete_and_maybe_restore(self) -> None:
        image = self.some_image(self.chance.choice((self.world.shapes, self.world.scenes)))
        if image is None or not self._edit("delete", image, "page delete"):
            return
        image.is_removed = True
        if self.chance.random() < 0.4 and self._edit("restore", image, "page restore"):
            image.is_removed = False


class Trainer(ChaosClient):
    """Trains, waits, publishes the new iteration under the same name, deletes old ones."""

    def __init__(self, install: LiveInstall, ledger: Ledger, seed: int, number: int, world: World) -> None:
        super().__init__(install, ledger, seed, number)
        self._project = world.shapes
        self._tags = {"selectedTags": [*world.shape_tags]}  # the others may have too few images
        self._in_training = ""
        self._completed: list[str] = []

    def act(self) -> None:
        if not self._in_training:
            self._train()
            return
        time.sleep(0.3)
        iteration = self.call("get iteration", "GET", training(self._project, f"/iterations/{self._in_training}")).json
        if iteration["status"] == "Training":
            return
        self._in_training = ""
        if iteration["status"] == "Completed":
            self._completed.append(iteration["id"])
            self.publish(iteration["id"])
            if len(self._completed) > MOST_ITERATIONS:
                self._delete(self._completed.pop(0))

    def _train(self) -> None:
        path = training(self._project, "/train?forceTrain=true")
        answer = self.call("train", "POST", path, (200, 400), json=self._tags)
        if answer.is_done:
            self._note(answer.json["id"])
            return
        # The request before this one was done, though nobody could be told.
        for each in self.call("get iterations", "GET", training(self._project, "/iterations")).json:
            if each["id"] not in self.ledger.iterations:
                if not answer.was_repeated:
                    self.ledger.mishap(f"train: {answer.code}, but {each['id']} trains")
                self._note(each["id"])
                return
        self.ledger.mishap(f"train: {answer.code}")

    def _note(self, iteration: str) -> None:
        self._in_training = iteration
        self.ledger.iterations.append(iteration)
        self.ledger.did("train")

    def publish(self, iteration: str) -> None:
        target = httpx.QueryParams(
            {"publishName": NAME, "predictionId": self.install.prediction_resource_id, "overwrite": "true"}
        )
        path = training(self._project, f"/iterations/{iteration}/publish?{target}")
        answer = self.call("publish", "POST", path, (200, 400))
        if answer.is_done or (answer.was_repeated and answer.code == "BadRequestIterationIsPublished"):
            self.ledger.published[self._project] = iteration
            self.ledger.did("publish")
        else:
            self.ledger.mishap(f"publish: {answer.code}")

    def _delete(self, iteration: str) -> None:
        answer = self.call(
            "delete iteration", "DELETE", training(self._project, f"/iterations/{iteration}"), (204, 404)
        )
        if answer.is_done or answer.was_repeated:
            self.ledger.deleted_iterations.add(iteration)
            self.ledger.did("delete iteration")


class App(ChaosClient):
    """Predicts and stores; now and then makes some of its predictions training images, or deletes them."""

    def __init__(self, install: LiveInstall, ledger: Ledger, seed: int, number: int, world: World) -> None:
        super().__init__(install, ledger, seed, number)
        self._world = world
        self._mine: list[KnownPrediction] = []

    def act(self) -> None:
        roll = self.chance.random()
        stored = [each for each in self._mine if each.state == STORED]
        if roll < 0.08 and stored:
            self._delete(self.chance.sample(stored, min(len(stored), 2)))
        elif roll < 0.25 and stored:
            self._promote(self.chance.sample(stored, min(len(stored), 3)))
        else:
            self._predict()

    def _predict(self) -> None:
        project, data = self._world.shapes, self.new_picture()
        path = f"/customvision/v3.0/Prediction/{project}/classify/iterations/{NAME}/image"
        answer = self.call("predict", "POST", path, files={"imageData": data})
        if answer.is_done:
            known = KnownPrediction(answer.json["id"], project, hashlib.sha256(data).hexdigest())
            self.ledger.predictions[known.id] = known
            self._mine.append(known)
            self.ledger.did("predict")

    def _promote(self, predictions: list[KnownPrediction]) -> None:
        tag = self.chance.choice(self._world.shape_tags)
        body = {"images": [{"id": each.id} for each in predictions], "tagIds": [tag]}
        answer = self.call(
            "promote", "POST", training(self._world.shapes, "/images/predictions"), (200, 207), json=body
        )
        if not answer.is_done:
            return
        for known, each in zip(predictions, answer.json["images"], strict=True):
            if each["status"] == "OK":
                known.state = PROMOTED
                self.ledger.images[each["image"]["id"]] = KnownImage(
                    each["image"]["id"], known.project, known.sha256, {tag}
                )
                self.ledger.did("promote")
            elif each["status"] == "ErrorSource" and answer.was_repeated:
                # Done before, when nobody could be told, or not ingested yet.
                known.state = UNSURE
            elif each["status"] not in ("ErrorSource", "ErrorStorage"):
                self.ledger.mishap(f"promote: {each['status']}")

    def _delete(self, predictions: list[KnownPrediction]) -> None:
        ids = ",".join(each.id for each in predictions)
        if self.call(
            "delete prediction", "DELETE", training(self._world.shapes, f"/predictions?ids={ids}"), (204,)
        ).is_done:
            for each in predictions:
                each.state = DELETED
                self.ledger.did("delete prediction")


def make_world(install: LiveInstall, ledger: Ledger) -> World:
    """Two projects, the first with a trained and published iteration."""
    api = httpx.Client(
        base_url=f"{install.endpoint}/customvision/v3.3/Training",
        headers={"Training-Key": install.training_key},
        timeout=REQUEST_SECONDS * 4,
    )
    with api:
        detection = next(
            each["id"] for each in api.get("/domains").json() if each["type"] == "ObjectDetection" and each["enabled"]
        )
        shapes = api.post("/projects", params={"name": "Shapes"}).raise_for_status().json()["id"]
        scenes = api.post("/projects", params={"name": "Scenes", "domainId": detection}).raise_for_status().json()["id"]
        tags: dict[str, list[str]] = {shapes: [], scenes: []}
        for project in (shapes, scenes):
            for name in ("circle", "cross"):
                tag = api.post(f"/projects/{project}/tags", params={"name": name}).raise_for_status().json()["id"]
                tags[project].append(tag)
                ledger.tags[tag] = (project, name)
        for tag, shape in zip(tags[shapes], ("circle", "cross"), strict=True):
            pictures = [picture(shape, number) for number in range(8)]
            parts = {f"{n}.jpg": (f"{n}.jpg", data, "image/jpeg") for n, data in enumerate(pictures)}
            answer = api.post(f"/projects/{shapes}/images", params={"tagIds": tag}, files=parts).raise_for_status()
            for data, each in zip(pictures, answer.json()["images"], strict=True):
                sha256, image = hashlib.sha256(data).hexdigest(), each["image"]["id"]
                ledger.images[image] = KnownImage(image, shapes, sha256, {tag})
    return World(shapes, scenes, (tags[shapes][0], tags[shapes][1]), (tags[scenes][0], tags[scenes][1]))
