"""Models in memory: loaded once, let go when nobody uses them."""

import hashlib
import threading
import time
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import Storage, default_storage

from inference import front, sessions
from inference.runtime import ArtifactRefused, ServedModel
from inference.sessions import ModelCache, load_artifact, process_models
from portal.actors import SYSTEM
from portal.keys import make_key
from tests.inference.artifacts import make_artifact
from tests.inference.serving import Serving, png, publish, serving
from training.publishing import unpublish_iteration


def stored(name: str) -> str:
    return default_storage.save(name, ContentFile(make_artifact()))


def test_the_least_recently_used_is_let_go_when_there_are_too_many() -> None:
    models = ModelCache(most_models=2)
    one, two, three = (stored(f"{number}.onnx") for number in range(3))
    first = models.get(one, "")
    models.get(two, "")
    assert models.get(one, "") is first
    models.get(three, "")
    assert [models.holds(each) for each in (one, two, three)] == [True, False, True]


def test_unused_models_are_let_go_the_published_after_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    models = ModelCache()
    tried, published = stored("tried.onnx"), stored("published.onnx")
    models.get(tried, "")
    gone = weakref.ref(models.get(tried, ""))
    models.get(published, "")
    models.let_go_unused({published})
    assert models.holds(tried)
    now = time.monotonic()
    monkeypatch.setattr(sessions.time, "monotonic", lambda: now + 61)
    models.let_go_unused({published})
    assert (models.holds(tried), models.holds(published), gone()) == (False, True, None)
    monkeypatch.setattr(sessions.time, "monotonic", lambda: now + 3601)
    models.let_go_unused({published})
    assert not models.holds(published)


def test_what_differs_from_what_was_trained_is_refused() -> None:
    name = stored("model.onnx")
    assert load_artifact(name, hashlib.sha256(make_artifact()).hexdigest()).metadata.input_size == 32
    with pytest.raises(ArtifactRefused, match="SHA-256 differs"):
        load_artifact(name, "0" * 64)


class Elsewhere(Storage):
    """A storage with one file, which has no path."""

    def _open(self, name: str, mode: str = "rb") -> ContentFile:
        if name != "model.onnx":
            raise FileNotFoundError(name)
        return ContentFile(make_artifact())


def test_a_storage_without_a_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sessions, "default_storage", Elsewhere())
    monkeypatch.setattr(sessions.tempfile, "tempdir", str(tmp_path))
    model = load_artifact("model.onnx", hashlib.sha256(make_artifact()).hexdigest())
    assert model.predict(png())[0].name == "grün"
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(FileNotFoundError):
        load_artifact("other.onnx", "")


def until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.fixture
def served(transactional_db: None) -> Any:
    with serving() as made:
        assert made.post(png()).status == "200 OK"
        yield made


def test_what_is_unpublished_is_let_go(served: Serving) -> None:
    assert process_models.holds(served.iteration.artifact)
    unpublish_iteration(SYSTEM, served.iteration)
    until(lambda: not process_models.holds(served.iteration.artifact))


def test_a_key_ends_while_a_model_is_still_being_loaded(served: Serving, monkeypatch: pytest.MonkeyPatch) -> None:
    may_load = threading.Event()
    load = sessions.load_artifact

    def slow(artifact: str, sha256: str) -> ServedModel:
        may_load.wait(200)
        return load(artifact, sha256)

    monkeypatch.setattr(sessions, "load_artifact", slow)
    former, second = served.iteration, publish(served.project, served.resource, order=(1, 0, 2))
    old_key = {"HTTP_PREDICTION_KEY": served.key}
    make_key(served.resource, 1)
    served.key = make_key(served.resource, 2)
    answer = served.post(png())
    assert (answer.status, answer.json["iteration"]) == ("200 OK", str(former.pk))
    assert served.post(png(), headers=old_key).status == "401 Access Denied"
    may_load.set()
    until(lambda: served.post(png()).json["iteration"] == str(second.pk))
    until(lambda: not process_models.holds(former.artifact))


def test_a_second_change_while_a_model_is_being_loaded_leaves_the_former_answering(
    served: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    may_load = threading.Event()
    load, former = sessions.load_artifact, served.iteration
    monkeypatch.setattr(sessions, "load_artifact", lambda *asked: may_load.wait(200) and load(*asked))
    second = publish(served.project, served.resource, order=(1, 0, 2))
    assert served.post(png(), headers={"HTTP_PREDICTION_KEY": "unknown"}).status == "401 Access Denied"
    served.key = make_key(served.resource, 2)
    threading.Timer(5, may_load.set).start()
    begun = time.monotonic()
    assert served.post(png()).json["iteration"] == str(former.pk)
    assert time.monotonic() - begun < 4
    may_load.set()
    until(lambda: served.post(png()).json["iteration"] == str(second.pk))
    until(lambda: not process_models.holds(former.artifact))


def test_a_request_that_looked_up_before_a_swap_does_not_bring_the_former_model_back(
    served: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    former = served.iteration

    def read_after_the_swap(*_: object) -> bytes:
        unpublish_iteration(SYSTEM, former)
        until(lambda: not process_models.holds(former.artifact))
        return png()

    monkeypatch.setattr(front, "_read_image", read_after_the_swap)
    assert served.post(png()).json["iteration"] == str(former.pk)
    assert not process_models.holds(former.artifact)
