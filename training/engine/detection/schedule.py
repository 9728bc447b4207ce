"""How many steps a detector is trained for, settled once a job."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from training.engine.cache import atomic_path
from training.engine.detection.fitting import BATCH_IMAGES

# Images shown in all. From these on more training gains little on sets of a few hundred images.
_QUICK_IMAGES, _ADVANCED_IMAGES = 2100, 7000
# Sets so large that this would show each image only a few times get these epochs instead.
_QUICK_EPOCHS, _ADVANCED_EPOCHS = 4, 12
# Small sets are learned by heart after this many.
_QUICK_MOST_EPOCHS, _ADVANCED_MOST_EPOCHS = 28, 60
_FEWEST_STEPS = 24
QUICK_BUDGET_SECONDS = 600.0
# Share of the budget that steps may fill; reading, judging and export need the rest.
_PLANNED_SHARE = 0.8


@dataclass(frozen=True)
class Schedule:
    """Steps of the judged fit and of the one on all images (0 where the judged one ships)."""

    split_steps: int
    final_steps: int
    is_shortened: bool


def plan_schedule(
    image_count: int,
    held_out_count: int,
    *,
    is_advanced: bool,
    ships_the_split: bool,
    seconds_a_step: float,
    seconds_left: float,
) -> Schedule:
    """The schedule that recipe and budget allow."""
    split = _steps(image_count - held_out_count, is_advanced=is_advanced)
    final = 0 if ships_the_split else _steps(image_count, is_advanced=is_advanced)
    affordable = max(2 * _FEWEST_STEPS, int(seconds_left * _PLANNED_SHARE / seconds_a_step))
    if split + final <= affordable:
        return Schedule(split, final, is_shortened=False)
    share = affordable / (split + final)
    return Schedule(int(split * share), int(final * share), is_shortened=True)


def _steps(images: int, *, is_advanced: bool) -> int:
    shown, fewest, most = (
        (_ADVANCED_IMAGES, _ADVANCED_EPOCHS, _ADVANCED_MOST_EPOCHS)
        if is_advanced
        else (_QUICK_IMAGES, _QUICK_EPOCHS, _QUICK_MOST_EPOCHS)
    )
    wanted = min(max(shown, fewest * images), most * images)
    return max(_FEWEST_STEPS, round(wanted / BATCH_IMAGES))


def load_schedule(path: Path) -> Schedule | None:
    """The schedule of an earlier attempt, or None."""
    try:
        return Schedule(**json.loads(path.read_text()))
    except FileNotFoundError:
        return None


def save_schedule(path: Path, schedule: Schedule) -> None:
    """Write it before the first step, so that every attempt does the same."""
    with atomic_path(path) as temporary:
        temporary.write_text(json.dumps(asdict(schedule)))
