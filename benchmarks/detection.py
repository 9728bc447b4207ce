"""Quality of trained detectors on public image sets: trained by the engine, scored through the runtime.

    ./sightline bench detection [--sets bccd raccoon] [--seeds 0 1 2] [--advanced] [--baseline] [--threads 2]

Trains on a set's train split and scores the artifact on its test split, as the prediction endpoint would. With
`--baseline` plain torchvision fine-tuning of a like network gets the same processor time. The last line is one JSON
object. A set's folder holds `annotations.json` and `images/`; without the data folder (`--data`) it says so.
"""

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import numpy as np  # noqa: E402

from benchmarks._detection_sets import (  # noqa: E402
    BoxedSet,
    Trained,
    default_data,
    figures_of,
    found_by,
    job_of,
    read_set,
    train,
)

# mAP at an overlap of 0.5, and the longest training in seconds on two cores: (set, Advanced) to both.
TARGETS = {
    ("azure-fork-scissors", False): (0.90, 150),
    ("bccd", False): (0.87, 180),
    ("bccd", True): (0.88, 600),
    ("raccoon", False): (0.87, 180),
}
ADVANCED_BUDGET_SECONDS = 3600


def main() -> None:
    """Run what the options ask for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=default_data(), help="folder of the image sets")
    parser.add_argument("--sets", nargs="*", default=["azure-fork-scissors", "bccd", "raccoon"])
    parser.add_argument("--seeds", type=int, nargs="*", default=[0, 1, 2], help="which seeds")
    parser.add_argument("--advanced", action="store_true", help="Advanced instead of Quick")
    parser.add_argument("--baseline", action="store_true", help="also plain torchvision, in the same processor time")
    parser.add_argument("--threads", type=int, help="threads of a training; all cores if not given")
    parser.add_argument("--budget-seconds", type=int, help="another budget, for a machine busy with other work")
    options = parser.parse_args()
    if options.data is None or not options.data.is_dir():
        print(json.dumps({"skipped": "The image sets are absent; give their folder by --data."}))
        return
    report = {}
    for name in options.sets:
        report[name] = _measure(options, read_set(options.data, name))
    print(json.dumps({"training_type": "advanced" if options.advanced else "quick", "sets": report}))


def _measure(options: argparse.Namespace, boxed: BoxedSet) -> dict[str, Any]:
    runs = []
    for seed in options.seeds:
        runs.append(_run(options, boxed, seed))
        print(f"{boxed.name} seed {seed}: {json.dumps(runs[-1])}", file=sys.stderr, flush=True)
    values = [run["mean_average_precision"] for run in runs]
    target, longest_seconds = TARGETS.get((boxed.name, options.advanced), (None, None))
    return {
        "mean": round(float(np.mean(values)), 4),
        "worst": min(values),
        "target": target,
        "passed": target is None or float(np.mean(values)) >= target,
        "longest_seconds": longest_seconds,
        "runs": runs,
    }


def _run(options: argparse.Namespace, boxed: BoxedSet, seed: int) -> dict[str, Any]:
    job = job_of(
        boxed.tags,
        boxed.train,
        training_type="advanced" if options.advanced else "quick",
        budget_seconds=options.budget_seconds or (ADVANCED_BUDGET_SECONDS if options.advanced else None),
        seed=seed,
        threads=options.threads,
    )
    trained = train(job)
    figures = figures_of(boxed.test, found_by(trained.model, boxed.test), len(boxed.tags))
    record = asdict(figures) | cost_of(trained) | {"seed": seed}
    if options.baseline:
        from benchmarks._detection_baseline import plain_fine_tuning

        plain, images_shown = plain_fine_tuning(boxed, trained.cpu_seconds, seed, options.threads or 2)
        record["baseline"] = asdict(figures_of(boxed.test, plain, len(boxed.tags))) | {"images_shown": images_shown}
    return record


def cost_of(trained: Trained) -> dict[str, Any]:
    """What a training took, and how it was done."""
    result = trained.result
    schedule = result["schedule"]
    return {
        "wall_seconds": round(trained.wall_seconds, 1),
        "cpu_seconds": round(trained.cpu_seconds, 1),
        "steps": [schedule["split_steps"], schedule["final_steps"]],
        "epochs": result["epochs"],
        "input_size": result["input_size"],
        "backbone": result["backbone"],
        "stopped_by": result["stopped_by"],
        "threads": result["threads"],
        "forward_ms": result["model"]["forward_ms"],
        "held_out": {name: round(value, 4) for name, value in result["held_out"].items() if value is not None},
    }


if __name__ == "__main__":
    main()
