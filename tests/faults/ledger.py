"""What an install has acknowledged to its clients: all of it must be found again, once."""

import threading
from collections import Counter
from dataclasses import dataclass, field

Box = tuple[str, float, float, float, float]  # tag, left, top, width, height

STORED, PROMOTED, DELETED, UNSURE = "stored", "promoted", "deleted", "stored or promoted"


@dataclass
class KnownImage:
    """An image that was taken in, with its labels as the last acknowledged change left them."""

    id: str
    project: str
    sha256: str
    tags: set[str] = field(default_factory=set)
    boxes: set[Box] = field(default_factory=set)
    version: int = 1
    is_removed: bool = False


@dataclass
class KnownPrediction:
    """A prediction that was answered as stored; `state` says where its image is now."""

    id: str
    project: str
    sha256: str
    state: str = STORED


@dataclass
class Ledger:
    """Written by several clients, each of which changes only what it made itself."""

    images: dict[str, KnownImage] = field(default_factory=dict)
    tags: dict[str, tuple[str, str]] = field(default_factory=dict)  # project and name by id
    predictions: dict[str, KnownPrediction] = field(default_factory=dict)
    iterations: list[str] = field(default_factory=list)
    deleted_iterations: set[str] = field(default_factory=set)
    published: dict[str, str] = field(default_factory=dict)  # iteration by project
    acts: Counter[str] = field(default_factory=Counter)
    unanswered: Counter[str] = field(default_factory=Counter)
    mishaps: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def did(self, act: str) -> None:
        """An act was acknowledged."""
        with self._lock:
            self.acts[act] += 1

    def got_no_answer(self, act: str) -> None:
        """A request was cut off, or answered by an error of the server: it may have been done or not."""
        with self._lock:
            self.unanswered[act] += 1

    def mishap(self, words: str) -> None:
        """An answer that no client should get."""
        with self._lock:
            self.mishaps.append(words)
