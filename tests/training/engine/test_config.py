"""The job's record refuses what no training could mean."""

from typing import Any

import pytest
from pydantic import ValidationError

from training.engine.config import JobConfig


def job(**changes: Any) -> dict[str, Any]:
    return {
        "task": "multiclass",
        "recipe": "any",
        "tags": [{"id": "a", "name": "A"}, {"id": "b", "name": "B"}],
        "images": [{"id": "1", "file": "1.jpg", "tags": ["a"]}],
    } | changes


def test_defaults() -> None:
    config = JobConfig.model_validate(job())
    assert (config.training_type, config.device, config.seed, config.threads) == ("quick", "auto", 0, None)
    assert config.tags[0].type == "regular"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"unknown": 1}, "Extra inputs are not permitted"),
        ({"schema_version": 2}, "Input should be 1"),
        ({"tags": [{"id": "a", "name": "A"}]}, "at least two tags"),
        ({"tags": [{"id": "a", "name": "A"}, {"id": "a", "name": "B"}]}, "two tags have the same id"),
        (
            {"tags": [{"id": "a", "name": "A", "type": "negative"}, {"id": "b", "name": "B", "type": "negative"}]},
            "more than one negative tag",
        ),
        ({"images": [{"id": "1", "file": "1.jpg", "tags": []}]}, "image 1 has no tag"),
        ({"images": [{"id": "1", "file": "1.jpg", "tags": ["c"]}]}, "a tag that the job does not list"),
        ({"images": [{"id": "1", "file": "1.jpg", "tags": ["a"]}] * 2}, "two images have the same id"),
        ({"budget_seconds": 0}, "greater than 0"),
    ],
)
def test_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        JobConfig.model_validate(job(**changes))


def test_records_are_frozen() -> None:
    config = JobConfig.model_validate(job())
    with pytest.raises(ValidationError, match="frozen"):
        config.seed = 3  # type: ignore[misc]
