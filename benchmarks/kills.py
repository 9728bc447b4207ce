"""kill -9 of every process in turn, clients at work: seconds until ready again, processes left, what was lost."""

import argparse
import json
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.faults.chaos_run import GONE_GOAL_SECONDS, READY_GOAL_SECONDS, chaos_install, run  # noqa: E402
from tests.faults.killing import KINDS, POSTGRES  # noqa: E402


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--db", choices=("sqlite", "postgres"), default="sqlite")
    options = parser.parse_args()
    if options.db == "postgres" and not os.environ.get("DATABASE_URL"):
        os.execv(sys.executable, [sys.executable, "-m", "tests.postgres_server", sys.executable, *sys.argv])
    kinds = (*KINDS, POSTGRES) if options.db == "postgres" else KINDS
    with chaos_install() as install:
        figures = run(install, kinds * options.times, options.seed, lambda line: print(line, flush=True))
        for line in figures.findings.wrong:
            print(line, flush=True)
    table = {}
    for kind in kinds:
        kills = [kill for kill in figures.kills if kill.kind == kind]
        ready, gone = [kill.ready_seconds for kill in kills], [kill.gone_seconds for kill in kills]
        table[kind] = {"readySeconds": ready, "goneSeconds": max(gone), "orphans": sum(kill.orphans for kill in kills)}
        print(f"{kind:20} ready {max(ready):6.2f} s, gone {max(gone):5.2f} s, {table[kind]['orphans']} left")
    record = {
        "db": options.db,
        "seed": options.seed,
        "readyGoalSeconds": READY_GOAL_SECONDS,
        "goneGoalSeconds": GONE_GOAL_SECONDS,
        "kills": table,
        **figures.record(),
    }
    print(json.dumps(record))


if __name__ == "__main__":
    main()
