"""Keeping the registry fresh, off the request path."""

import logging
import threading
import time
from collections.abc import Callable

from django.db import close_old_connections, connection

from inference.registry import Registry, load_registry
from inference.runtime import ArtifactRefused
from inference.sessions import ModelCache
from portal.registry_version import current_registry_version

logger = logging.getLogger(__name__)

POLL_SECONDS = 0.2
REFRESH_PATIENCE_SECONDS = 10.0


class RegistryWatcher:
    """A thread that looks at the version row, and swaps in a new registry once its models are loaded.

    `registry` is None until the database has answered once. `each_turn` is called at every poll.
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
        self._thread = threading.Thread(target=self._run, name="registry", daemon=True)

    def start(self) -> None:
        """Begin to watch."""
        self._thread.start()

    def stop(self) -> None:
        """Stop the thread and wait for it."""
        with self._turn:
            self._stopped = True
            self._turn.notify_all()
        self._thread.join()

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
        known = self.registry
        if known is not None and current_registry_version() == known.version:
            return
        found = load_registry()
        self._load_models(found)
        self.registry = found

    def _load_models(self, registry: Registry) -> None:
        """Load and warm what is newly served, before the first request for it comes."""
        for served in list(registry.served.values())[: self._models.room]:
            if served.is_classifier and not self._models.holds(served.artifact):
                try:
                    self._models.get(served.artifact, served.artifact_sha256)
                except (ArtifactRefused, OSError):
                    logger.exception("the model of %s cannot be loaded", served.name)
