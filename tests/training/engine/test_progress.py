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


def test_an_epoch_and_a_failures_kind_are_told() -> None:
    output = io.StringIO()
    progress = Progress(output)
    progress.epoch("Fold 1 of 5", 2, 12, 0.1234567)
    progress.failed("No image carries the tag cup.", "Tag some.", "tag_without_images", "17")
    assert [json.loads(line) for line in output.getvalue().splitlines()] == [
        {"event": "epoch", "series": "Fold 1 of 5", "epoch": 2, "epochs": 12, "loss": 0.12346},
        {
            "event": "failed",
            "cause": "No image carries the tag cup.",
            "next_step": "Tag some.",
            "kind": "tag_without_images",
            "object_id": "17",
        },
    ]
