"""Trainings killed at random moments: seconds until the next attempt runs, and what became of each."""

import argparse
import json
import statistics
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.faults.small_client import SmallClient  # noqa: E402
from tests.faults.training_killing import kill_trainings  # noqa: E402
from tests.live_install import running_install  # noqa: E402


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trainings", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with running_install() as install, SmallClient(install) as client:
        client.make_project()
        found = kill_trainings(install, client, options.trainings, options.seed, lambda line: print(line, flush=True))
    for line in found.wrong:
        print(line)
    record = {
        "trainings": options.trainings,
        "seed": options.seed,
        "kills": found.kills,
        "completed": found.completed,
        "failedWithCause": found.failed_with_cause,
        "medianNextRunSeconds": statistics.median(found.next_run_seconds),
        "longestNextRunSeconds": max(found.next_run_seconds),
        "wrong": len(found.wrong),
    }
    print(json.dumps(record))


if __name__ == "__main__":
    main()
