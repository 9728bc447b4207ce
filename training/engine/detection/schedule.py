"""How many steps a detector is trained for, settled once a job."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from training.engine.cache import atomic_path
from training.engine.detection.steps import FEWEST_STEPS, steps_of

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
    windows_an_image: float,
    seconds_a_step: float,
    seconds_left: float,
) -> Schedule:
    """The schedule that recipe and budget allow; `windows_an_image` is how many it takes to show a whole image."""
    split = steps_of((image_count - held_out_count) * windows_an_image, is_advanced=is_advanced)
    final = 0 if ships_the_split else steps_of(image_count * windows_an_image, is_advanced=is_advanced)
    affordable = max(2 * FEWEST_STEPS, int(seconds_left * _PLANNED_SHARE / seconds_a_step))
    if split + final <= affordable:
        return Schedule(split, final, is_shortened=False)
    share = affordable / (split + final)
    return Schedule(int(split * share), int(final * share), is_shortened=True)


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
