"""Progress lines."""

import io
import json

from training.engine.progress import Progress


def test_lines_are_json_and_never_go_back() -> None:
    output = io.StringIO()
    progress = Progress(output)
    progress.tell("Reading images", 12.54, 5.04)
    progress.tell("Training", 7)
    progress.done()
    assert [json.loads(line) for line in output.getvalue().splitlines()] == [
        {"event": "progress", "stage": "Reading images", "percent": 12.5, "seconds_left": 5.0},
        {"event": "progress", "stage": "Training", "percent": 12.5, "seconds_left": None},
        {"event": "done"},
    ]


def test_the_same_stage_is_told_ten_times_a_second_at_most() -> None:
    output = io.StringIO()
    progress = Progress(output)
    for percent in range(50):
        progress.tell("Reading images", percent)
    assert len(output.getvalue().splitlines()) == 1
