"""One larger install for all tests of this folder."""

from collections.abc import Iterator

import pytest

from tests.larger.shapes_project import completed, make_project, trainer_at
from tests.larger.topology import LargerInstall, larger_install


@pytest.fixture(scope="session")
def install() -> Iterator[LargerInstall]:
    with larger_install() as running:
        yield running


@pytest.fixture(scope="session")
def published(install: LargerInstall) -> tuple[str, str]:
    """A project, and an iteration of it that is published as `shapes`."""
    trainer = trainer_at(install.web[0], install.keys)
    project_id = make_project(trainer)
    iteration = trainer.train_project(project_id)
    completed(trainer, project_id, iteration.id)
    trainer.publish_iteration(project_id, iteration.id, "shapes", install.keys["predictionResourceId"])
    return project_id, str(iteration.id)
