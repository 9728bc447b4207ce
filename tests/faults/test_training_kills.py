"""Trainings that are killed go on, end once, and give up with a cause (more: `./sightline bench training_kills`)."""

import pytest

from tests.faults.small_client import SmallClient
from tests.faults.training_killing import kill_trainings
from tests.live_install import running_install


@pytest.mark.slow
@pytest.mark.timeout(1500)
def test_killed_trainings_go_on() -> None:
    with running_install() as install, SmallClient(install) as client:
        client.make_project()
        found = kill_trainings(install, client, trainings=3, seed=2)
    assert found.wrong == []
    assert found.completed == 2
    assert len(found.failed_with_cause) == 1
