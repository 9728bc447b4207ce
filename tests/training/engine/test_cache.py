"""Where things that are worth keeping between trainings lie."""

from pathlib import Path

import pytest

from training.engine.cache import cache_folder, user_cache


def no_home() -> Path:
    raise RuntimeError("Could not determine home directory.")


def test_a_user_without_a_name_or_a_home_has_a_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(Path, "home", no_home)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert user_cache().parent == tmp_path
    monkeypatch.delenv("SIGHTLINE_CACHE", raising=False)
    assert cache_folder() == user_cache() / "sightline"


def test_the_cache_is_where_it_was_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "user"))
    assert cache_folder() == tmp_path / "user" / "sightline"
    monkeypatch.setenv("SIGHTLINE_CACHE", str(tmp_path / "told"))
    assert cache_folder() == tmp_path / "told"
