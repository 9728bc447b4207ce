"""Folders of trainings: gone once nobody works on them, whoever was killed."""

import os
import time
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from pytest_django import Settings

from tests.builders import make_iteration, make_project
from training.job_folder import training_folder
from training.models import IterationState
from training.orphans import sweep_training_folders

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def data(settings: Settings, tmp_path: Path) -> None:
    settings.SIGHTLINE_DATA = str(tmp_path / "data")


def test_where_nothing_was_trained_there_is_nothing_to_sweep() -> None:
    assert sweep_training_folders(timedelta()) == 0


def test_folders_of_trainings_that_are_over_go_and_those_in_work_stay() -> None:
    kept = [
        make_iteration(make_project(), state=state).pk for state in (IterationState.QUEUED, IterationState.TRAINING)
    ]
    over = (IterationState.COMPLETED, IterationState.FAILED, IterationState.CANCELLED)
    gone = [*(make_iteration(make_project(), state=state).pk for state in over), uuid4()]
    for iteration_id in (*kept, *gone):
        folder = training_folder(iteration_id)
        (folder / "checkpoints").mkdir(parents=True)
        os.utime(folder, (time.time() - 60,) * 2)
    assert sweep_training_folders(timedelta(minutes=2)) == 0
    assert sweep_training_folders(timedelta()) == len(gone)
    assert [training_folder(iteration_id).exists() for iteration_id in (*kept, *gone)] == [True, True, *[False] * 4]
