"""Keeping the registry fresh, off the request path."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import replace

from django.db import close_old_connections, connection

from inference.registry import Registry, ServedIteration, load_registry
from inference.sessions import ModelCache
from portal.registry_version import current_registry_version

logger = logging.getLogger(__name__)

POLL_SECONDS = 0.1
REFRESH_PATIENCE_SECONDS = 10.0
TIDY_SECONDS = 10.0


class RegistryWatcher:
    """A thread that looks at the version row, and swaps in a new registry.

    Keys and names are in force at once; a name that moves answers with its former model until the new one is loaded,
    which is done aside. `registry` is None until the database has answered once. `each_turn` is called at every poll.
    """

    def __init__(self, models: ModelCache, each_turn: Callable[[], None] = lambda: None) -> None:
        self.registry: Registry | None = None
        self._models = models
        self._each_turn = each_turn
        self._stopped = False
        self._turn = threading.Condition()
        self._begun = 0
        self._done = 0
        self._asked = 0
        self._is_failing = False
        self._newest: Registry | None = None
        self._swapping = threading.Lock()
        self._loader: threading.Thread | None = None
        self._tidied = time.monotonic()
        self._thread = threading.Thread(target=self._run, name="registry", daemon=True)

    def start(self) -> None:
        """Begin to watch."""
        self._thread.start()

    def stop(self) -> None:
        """Stop the thread and wait for it, and for a model that is being loaded."""
        with self._turn:
            self._stopped = True
            self._turn.notify_all()
        self._thread.join()
        if self._loader is not None:
            self._loader.join()

    def refresh(self) -> Registry | None:
        """The registry as it is from now on: waits for a look that begins after this call.

        However many callers ask at once, one look serves them all.
        """
        with self._turn:
            awaited = self._begun + 1
            self._asked = max(self._asked, awaited)
            self._turn.notify_all()
            self._turn.wait_for(lambda: self._done >= awaited or self._stopped, REFRESH_PATIENCE_SECONDS)
        return self.registry

    def let_go_if_replaced(self, served: ServedIteration, registry: Registry) -> None:
        """Forget the model of a request that found it in `registry`, where another has taken its place since.

        The swap cannot: a request that looked up before it may load after it.
        """
        current = self.registry
        if current is not registry and current is not None and served.artifact not in _artifacts(current):
            self._models.let_go(served.artifact)

    def _run(self) -> None:
        while True:
            with self._turn:
                self._turn.wait_for(lambda: self._stopped or self._asked > self._done, POLL_SECONDS)
                if self._stopped:
                    break
                self._begun += 1
            self._try(self._look)
            with self._turn:
                self._done = self._begun
                self._turn.notify_all()
            self._try(self._each_turn)
        connection.close()

    def _try(self, act: Callable[[], None]) -> None:
        """What is known goes on being served: a database that is away must not take predictions with it."""
        try:
            act()
        except Exception:  # this thread may not end
            if not self._is_failing:
                logger.exception("the registry could not be kept fresh; trying on")
            self._is_failing = True
            time.sleep(POLL_SECONDS)
        else:
            self._is_failing = False

    def _look(self) -> None:
        close_old_connections()
        known = self._newest
        if known is not None and current_registry_version() == known.version:
            self._tidy(known)
            return
        found = load_registry()
        missing = self._missing(found)
        with self._swapping:
            self._newest = found
            self._swap(_with_former(found, self.registry, {served.artifact for served in missing}))
        if missing:
            self._loader = threading.Thread(target=self._load, args=(found, missing), name="models", daemon=True)
            self._loader.start()

    def _missing(self, found: Registry) -> list[ServedIteration]:
        """What is newly served and not in memory: it is loaded before the first request for it comes.

        Told by what answers, not by what was found last: that may still be loading.
        """
        before = _artifacts(self.registry) if self.registry is not None else set()
        new = [served for served in found.served.values() if served.artifact not in before]
        return [served for served in new if not self._models.holds(served.artifact)][: self._models.room]

    def _load(self, registry: Registry, missing: list[ServedIteration]) -> None:
        for served in missing:
            try:
                self._models.get(served.artifact, served.artifact_sha256)
            except Exception:  # its callers are told; the others must not wait
                logger.exception("the model of %s cannot be loaded", served.name)
        with self._swapping:
            if self._newest is registry:
                self._swap(registry)

    def _swap(self, registry: Registry) -> None:
        former, self.registry = self.registry, registry
        if former is not None:
            for artifact in _artifacts(former) - _artifacts(registry):
                self._models.let_go(artifact)

    def _tidy(self, registry: Registry) -> None:
        if time.monotonic() - self._tidied > TIDY_SECONDS:
            self._tidied = time.monotonic()
            self._models.let_go_unused(_artifacts(registry))


def _artifacts(registry: Registry) -> set[str]:
    return {served.artifact for served in registry.served.values()}


def _with_former(found: Registry, former: Registry | None, missing: set[str]) -> Registry:
    """The registry in which names whose new model is missing stand for what they stood for, in their resource."""
    kept = {
        name: former.served[name]
        for name, served in found.served.items()
        if former is not None
        and served.artifact in missing
        and name in former.served
        and former.served[name].resource_id == served.resource_id
    }
    return replace(found, served={**found.served, **kept}) if kept else found
