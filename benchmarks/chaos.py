"""Clients upload, tag, draw, train, publish and predict while processes are killed at random; then all is compared."""

import argparse
import json
import math
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.faults.chaos_run import chaos_install, run  # noqa: E402
from tests.faults.killing import KINDS, drawn_kinds  # noqa: E402


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kinds", nargs="*", choices=KINDS, default=KINDS, help="kill only these")
    parser.add_argument("--most-minutes", type=float, default=math.inf, help="begin no round after so many")
    options = parser.parse_args()
    with chaos_install() as install:
        kinds = drawn_kinds(options.rounds, options.seed, tuple(options.kinds))
        figures = run(install, kinds, options.seed, lambda line: print(line, flush=True), options.most_minutes * 60)
        for line in figures.findings.wrong:
            print(line, flush=True)
    print(json.dumps({"seed": options.seed, **figures.record()}))


if __name__ == "__main__":
    main()
