"""The curve's points: one for each time that all images were shown."""

from training.engine.detection.epochs import EpochLosses

Told = list[tuple[int, int, float]]


def told(steps: range, image_count: int) -> Told:
    points: Told = []
    losses = EpochLosses(steps.stop, image_count, lambda epoch, epochs, loss: points.append((epoch, epochs, loss)))
    for step in steps:
        losses.add(step, float(step))
    return points


def test_an_epoch_is_told_when_all_images_were_shown() -> None:
    assert told(range(6), 16) == [(1, 3, 0.5), (2, 3, 2.5), (3, 3, 4.5)]


def test_steps_that_show_everything_more_than_once_are_a_point_each() -> None:
    assert told(range(3), 4) == [(2, 6, 0.0), (4, 6, 1.0), (6, 6, 2.0)]


def test_a_continued_training_tells_what_is_left() -> None:
    assert told(range(3, 6), 16) == [(2, 3, 3.0), (3, 3, 4.5)]


def test_a_loss_that_is_no_number_is_not_told() -> None:
    points: Told = []
    losses = EpochLosses(2, 8, lambda epoch, epochs, loss: points.append((epoch, epochs, loss)))
    losses.add(0, float("nan"))
    losses.add(1, 2.0)
    assert points == [(2, 2, 2.0)]
