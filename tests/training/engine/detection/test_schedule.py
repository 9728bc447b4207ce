"""Steps that recipe and budget allow."""

from pathlib import Path

from training.engine.detection.schedule import Schedule, load_schedule, plan_schedule, save_schedule


def schedule(
    images: int,
    *,
    is_advanced: bool = False,
    seconds_left: float = 3600,
    seconds_a_step: float = 0.5,
    windows_an_image: float = 1.0,
) -> Schedule:
    return plan_schedule(
        images,
        images // 5,
        is_advanced=is_advanced,
        ships_the_split=images >= 100,
        windows_an_image=windows_an_image,
        seconds_a_step=seconds_a_step,
        seconds_left=seconds_left,
    )


def test_few_images_are_trained_twice_and_not_by_heart() -> None:
    planned = schedule(30)
    assert (planned.split_steps, planned.final_steps) == (72, 90)


def test_many_images_are_trained_once() -> None:
    assert schedule(234).final_steps == 0
    assert schedule(234, is_advanced=True).split_steps > 2 * schedule(234).split_steps


def test_each_image_of_a_large_set_is_shown_some_times() -> None:
    assert schedule(5000).split_steps * 8 >= 4 * 4000


def test_images_that_a_window_shows_in_parts_are_trained_on_for_longer() -> None:
    assert schedule(30, windows_an_image=4).final_steps == schedule(120).split_steps


def test_the_budget_shortens_both_trainings() -> None:
    planned = schedule(30, seconds_left=60, seconds_a_step=1.0)
    assert planned.is_shortened
    assert planned.split_steps + planned.final_steps <= 48
    assert planned.split_steps < planned.final_steps


def test_a_later_attempt_does_the_same(tmp_path: Path) -> None:
    path = tmp_path / "schedule.json"
    assert load_schedule(path) is None
    save_schedule(path, Schedule(10, 20, is_shortened=True))
    assert load_schedule(path) == Schedule(10, 20, is_shortened=True)
