"""Fixtures of the serving path."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import Settings

from tests.inference.serving import Serving
from tests.inference.serving import serving as make_serving


@pytest.fixture
def serving(transactional_db: None, tmp_path: Path, settings: Settings) -> Iterator[Serving]:
    """A served classifier with a spool of its own."""
    settings.SIGHTLINE_DATA = str(tmp_path)
    with make_serving() as made:
        yield made
