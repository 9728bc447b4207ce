"""The boxes that are learned from, and those that cannot be."""

import numpy as np

from training.engine.config import ImageConfig, JobConfig, RegionConfig, TagConfig
from training.engine.detection.sizes import input_size
from training.engine.detection.truth import boxes_of, presence, trainable


def job(*images: ImageConfig) -> JobConfig:
    tags = (TagConfig(id="a", name="apple"), TagConfig(id="b", name="banana"))
    return JobConfig(task="detection", recipe="any", tags=tags, images=images)


def image(name: str, *regions: tuple[str, float, float, float, float]) -> ImageConfig:
    return ImageConfig(
        id=name,
        file=f"{name}.jpg",
        regions=tuple(
            RegionConfig(tag=tag, left=left, top=top, width=width, height=height)
            for tag, left, top, width, height in regions
        ),
    )


def test_boxes_are_corners_with_the_place_of_their_tag() -> None:
    config = job(image("one", ("b", 0.1, 0.2, 0.3, 0.4)), image("none"))
    first, second = boxes_of(config, config.images)
    assert np.allclose(first.corners, [[0.1, 0.2, 0.4, 0.6]])
    assert first.tags.tolist() == [1]
    assert len(second) == 0
    assert presence([first, second], 2).tolist() == [[False, True], [False, False]]


def test_a_box_without_a_pixel_is_named_and_not_trained_on() -> None:
    config = job(image("one", ("a", 0.1, 0.2, 0.3, 0.004), ("a", 0.1, 0.2, 0.3, 0.3)), image("two"))
    kept, notes = trainable(config.images, boxes_of(config, config.images), 320)
    assert [len(boxes) for boxes in kept] == [1, 0]
    assert notes == ("1 boxes are less than 2 pixels wide or high at 320 px and were not trained on: images one.",)


def test_the_input_grows_until_small_boxes_can_be_seen() -> None:
    config = job(image("one", ("a", 0.1, 0.1, 0.04, 0.04), ("a", 0.3, 0.3, 0.04, 0.04)))
    boxes = boxes_of(config, config.images)
    assert input_size(boxes, (320, 416, 512, 640, 800, 960)) == 640
    assert input_size(boxes, (320,)) == 320
    large = job(image("one", ("a", 0.1, 0.1, 0.5, 0.5)))
    assert input_size(boxes_of(large, large.images), (320, 416)) == 320
