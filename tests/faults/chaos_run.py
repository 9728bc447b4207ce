"""Clients at work while a killer is at work; then the proof."""

import math
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from tempfile import TemporaryDirectory
from typing import Any

from tests.faults.chaos_checker import Findings, check
from tests.faults.chaos_client import ChaosClient
from tests.faults.chaos_clients import App, Labeler, Person, Trainer, World, make_world
from tests.faults.killing import Kill, Killer
from tests.faults.ledger import Ledger
from tests.live_install import LiveInstall, running_install, stop

READY_GOAL_SECONDS = 15.0
GONE_GOAL_SECONDS = 5.0
TRAINED_WITHIN_SECONDS = 300.0
LONGEST_PAUSE_SECONDS = 2.0


@dataclass
class ChaosFigures:
    """What a run came to."""

    kills: list[Kill]
    ledger: Ledger
    findings: Findings
    elapsed_seconds: float = 0.0
    slow: list[Kill] = field(default_factory=list)

    def record(self) -> dict[str, Any]:
        """As a benchmark tells it."""
        longest: dict[str, float] = {}
        for kill in self.kills:
            longest[kill.kind] = max(longest.get(kill.kind, 0.0), kill.ready_seconds)
        return {
            "rounds": len(self.kills),
            "acknowledged": dict(sorted(self.ledger.acts.items())),
            "unanswered": dict(sorted(self.ledger.unanswered.items())),
            "checked": dict(sorted(self.findings.counts.items())),
            "wrong": len(self.findings.wrong),
            "longestReadySeconds": dict(sorted(longest.items())),
            "longestGoneSeconds": max((kill.gone_seconds for kill in self.kills), default=0.0),
            "orphans": sum(kill.orphans for kill in self.kills),
            "lateReady": sum(kill.ready_seconds > READY_GOAL_SECONDS for kill in self.kills),
            "elapsedSeconds": round(self.elapsed_seconds, 1),
        }


@contextmanager
def chaos_install() -> Iterator[LiveInstall]:
    """An install whose temporary files lie in a folder of their own, so that what is left there is seen."""
    with TemporaryDirectory(prefix="sightline-tmp-") as folder, running_install({"TMPDIR": folder}) as install:
        try:
            yield install
        finally:
            stop(install.process)  # it may be another than the one that was started first


def run(
    install: LiveInstall,
    kinds: Sequence[str],
    seed: int,
    tell: Callable[[str], None] = lambda line: None,
    most_seconds: float = math.inf,
) -> ChaosFigures:
    """Kill as told while clients work; every wait is drawn from the seed. No kill begins after `most_seconds`."""
    started = time.monotonic()
    ledger = Ledger()
    world = make_world(install, ledger)
    clients = _clients(install, ledger, seed, world)
    _first_iteration(clients)
    for client in clients:
        client.start()
    killer, kills = Killer(install, seed), []
    begun = time.monotonic()
    for number, kind in enumerate(kinds, 1):
        if time.monotonic() - begun > most_seconds:
            break
        time.sleep(killer.chance.uniform(0.2, LONGEST_PAUSE_SECONDS))
        kill = killer.kill(kind)
        kills.append(kill)
        tell(
            f"{number:3}/{len(kinds)} {kind:20} ready {kill.ready_seconds:6.2f} s, gone {kill.gone_seconds:5.2f} s,"
            f" {sum(ledger.acts.values())} acknowledged, {sum(ledger.unanswered.values())} unanswered"
        )
    for client in clients:
        client.stop()
    for client in clients:
        if not client.wait(TRAINED_WITHIN_SECONDS):
            ledger.mishap(f"{client.name} did not end")
    return ChaosFigures(kills, ledger, check(install, ledger), time.monotonic() - started)


def _clients(install: LiveInstall, ledger: Ledger, seed: int, world: World) -> list[ChaosClient]:
    return [
        Trainer(install, ledger, seed, 1, world),
        Labeler(install, ledger, seed, 2, world),
        Labeler(install, ledger, seed, 3, world),
        Person(install, ledger, seed, 4, world),
        App(install, ledger, seed, 5, world),
        App(install, ledger, seed, 6, world),
    ]


def _first_iteration(clients: Sequence[ChaosClient]) -> None:
    """Something must be published before the apps begin."""
    trainer = clients[0]
    deadline = time.monotonic() + TRAINED_WITHIN_SECONDS
    while not trainer.ledger.published and time.monotonic() < deadline:
        trainer.act()
    assert trainer.ledger.published, "the first training did not end"
