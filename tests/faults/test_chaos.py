"""Nothing that was acknowledged is lost or done twice, whatever is killed (100 rounds: `./sightline bench chaos`)."""

import pytest

from tests.faults.chaos_run import chaos_install, run
from tests.faults.killing import drawn_kinds


@pytest.mark.slow
def test_all_that_was_acknowledged_is_there_once() -> None:
    with chaos_install() as install:
        figures = run(install, drawn_kinds(3, seed=5), seed=5)
    assert figures.findings.wrong == []
    assert [kill for kill in figures.kills if kill.orphans] == []
