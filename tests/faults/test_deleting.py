"""A large deletion survives kills of its worker (100,000 images: `./sightline bench deletion`)."""

import pytest

from tests.faults.deleting import delete
from tests.live_install import running_install


@pytest.mark.slow
@pytest.mark.parametrize("what", ["images", "project"])
def test_a_deletion_that_is_killed_ends_with_nothing_left(what: str) -> None:
    with running_install() as install:
        deletion = delete(install, what, image_count=3_000, kills=4)
    assert (deletion.files_left, deletion.rows_left) == (0, 0)
    assert deletion.kills >= 1
    assert deletion.answered_seconds < 5
