"""Real photos trained on four times: a part of them, all, and all with 60 and 30 % of their labels spoiled."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from tests.e2e.projects import MadeProject, answer, train, training_api
from tests.e2e.real_sets import EDGES, REAL_TRAINING_SECONDS, RealImage, add_real_images, make_real_project
from tests.live_install import LiveInstall

LABELS_A_CALL = 64
SEED = 9
Each = TypeVar("Each")


@dataclass
class TrainedSet:
    """A project and the iterations by what they were trained on."""

    project: MadeProject
    first: str = ""
    more: str = ""
    spoiled_60: str = ""
    spoiled_30: str = ""


def train_four(
    install: LiveInstall, name: str, images: Sequence[RealImage], first_share: float, *, is_detection: bool
) -> TrainedSet:
    """The first iteration on a share of the images, the second on all, then with spoiled labels."""
    part = list(images[: round(len(images) * first_share)])
    made = make_real_project(install, name, part, is_detection=is_detection)
    trained = TrainedSet(made)
    trained.first = train(install, made, REAL_TRAINING_SECONDS)
    add_real_images(install, made, images[len(part) :], is_detection=is_detection)
    trained.more = train(install, made, REAL_TRAINING_SECONDS)
    spoil = spoil_boxes if is_detection else spoil_tags
    spoil(install, made, images, 0.6)
    trained.spoiled_60 = train(install, made, REAL_TRAINING_SECONDS)
    spoil(install, made, images, 0.3)
    trained.spoiled_30 = train(install, made, REAL_TRAINING_SECONDS)
    spoil(install, made, images, 0.0)
    return trained


def spoil_tags(install: LiveInstall, made: MadeProject, images: Sequence[RealImage], share: float) -> None:
    """Give that share of the images a wrong tag and all others their own; a larger share spoils the same ones first."""
    order = random.Random(SEED).sample(range(len(images)), len(images))
    spoiled = set(order[: round(share * len(images))])
    names = sorted(made.tag_ids)
    pairs = []
    for place, image in enumerate(images):
        tag = _wrong(names, image.tags[0], place) if place in spoiled else image.tags[0]
        pairs.append({"imageId": made.image_ids[image.path.name], "tagId": made.tag_ids[tag]})
    address = f"projects/{made.id}/images/tags"
    every_tag = ",".join(made.tag_ids.values())
    with training_api(install) as api:
        for batch in _batches(pairs):
            wanted = ",".join(pair["imageId"] for pair in batch)
            api.delete(address, params={"imageIds": wanted, "tagIds": every_tag}).raise_for_status()
            answer(api.post(address, json={"tags": batch}))


def spoil_boxes(install: LiveInstall, made: MadeProject, images: Sequence[RealImage], share: float) -> None:
    """Give that share of all boxes a wrong tag and all others their own."""
    names = sorted(made.tag_ids)
    luck = random.Random(SEED)
    address = f"projects/{made.id}/images/regions"
    new = []
    for image in images:
        for place, box in enumerate(image.boxes):
            tag = _wrong(names, box.tag, place) if luck.random() < share else box.tag
            edges = {edge: getattr(box, edge) for edge in EDGES}
            new.append({"imageId": made.image_ids[image.path.name], "tagId": made.tag_ids[tag], **edges})
    with training_api(install) as api:
        for wanted in _batches(list(made.image_ids.values())):
            found = api.get(f"projects/{made.id}/images/id", params={"imageIds": ",".join(wanted)})
            found.raise_for_status()
            old = [region["regionId"] for image in found.json() for region in image.get("regions") or []]
            for batch in _batches(old):
                api.delete(address, params={"regionIds": ",".join(batch)}).raise_for_status()
        for regions in _batches(new):
            answer(api.post(address, json={"regions": regions}))


def _batches(each: list[Each]) -> Iterator[list[Each]]:
    return (each[first : first + LABELS_A_CALL] for first in range(0, len(each), LABELS_A_CALL))


def _wrong(names: Sequence[str], right: str, place: int) -> str:
    others = [name for name in names if name != right]
    return others[place % len(others)]
