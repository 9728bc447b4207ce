"""A client that asks again until it is answered, as programs written against Custom Vision do."""

import random
import threading
import time
from abc import ABC, abstractmethod
from typing import Any

import httpx

from tests.faults.ledger import Ledger
from tests.live_install import LiveInstall
from tests.pictures import picture

ANSWER_WITHIN_SECONDS = 300.0
REQUEST_SECONDS = 15.0
PAUSE_SECONDS = (0.05, 0.4)


class NeverAnswered(Exception):
    """The server did not answer for far too long."""


class ChaosClient(ABC):
    """Acts at random until it is stopped; `number` makes its pictures and names its own."""

    def __init__(self, install: LiveInstall, ledger: Ledger, seed: int, number: int) -> None:
        self.name = f"{type(self).__name__} {number}"
        self.install = install
        self.ledger = ledger
        self.chance = random.Random(f"{seed} {number}")
        self.number = number
        self._pictures = 0
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name=self.name, daemon=True)
        self._http = self._new_http()

    @abstractmethod
    def act(self) -> None:
        """One act, from the first request to what the ledger is told."""

    def start(self) -> None:
        """Begin to act, beside all others."""
        self._thread.start()

    def _run(self) -> None:
        try:
            while not self._stopped.wait(self.chance.uniform(*PAUSE_SECONDS)):
                self.act()
        except Exception as failure:
            self.ledger.mishap(f"{self.name} ended: {failure!r}")

    def stop(self) -> None:
        """Let the act in hand be finished, and end."""
        self._stopped.set()

    def wait(self, most_seconds: float) -> bool:
        """Whether it has ended, within that time."""
        self._thread.join(most_seconds)
        return not self._thread.is_alive()

    def call(self, act: str, method: str, path: str, expected: tuple[int, ...] = (200,), **more: Any) -> "Answer":
        """Send the request until the server answers it; 5xx is no answer."""
        deadline = time.monotonic() + ANSWER_WITHIN_SECONDS
        unanswered = 0
        while True:
            try:
                answer = self._http.request(method, path, headers=self.headers(), **more)
            except httpx.HTTPError:
                answer = None
            if answer is not None and answer.status_code < 500 and answer.status_code != 429:
                break
            unanswered += 1
            self.ledger.got_no_answer(act if answer is None else f"{act}: {answer.status_code}")
            if time.monotonic() > deadline:
                raise NeverAnswered(f"{method} {path}: {answer.text[:300] if answer is not None else 'no connection'}")
            time.sleep(self.chance.uniform(0.1, 0.5))
        if answer.status_code not in expected:
            self.ledger.mishap(f"{act}: {answer.status_code} {answer.text[:300]}")
        return Answer(answer, unanswered > 0)

    def headers(self) -> dict[str, str]:
        return {"Training-Key": self.install.training_key, "Prediction-Key": self.install.prediction_key}

    def new_picture(self, shape: str = "") -> bytes:
        """Bytes that no other client sends."""
        self._pictures += 1
        shape = shape or self.chance.choice(("circle", "cross"))
        return picture(shape, self.number * 1_000_000 + self._pictures)

    def _new_http(self) -> httpx.Client:
        return httpx.Client(base_url=self.install.endpoint, timeout=REQUEST_SECONDS)


class Answer:
    """An answer, and whether the same request had gone unanswered before, so that it may have been done twice."""

    def __init__(self, response: httpx.Response, was_repeated: bool) -> None:
        self.status = response.status_code
        self.was_repeated = was_repeated
        self._response = response

    @property
    def is_done(self) -> bool:
        return self.status in (200, 204, 207)

    @property
    def json(self) -> Any:
        return self._response.json()

    @property
    def code(self) -> str:
        try:
            return str(self._response.json().get("code", ""))
        except ValueError:
            return ""


def training(project: str, path: str) -> str:
    return f"/customvision/v3.3/Training/projects/{project}{path}"
