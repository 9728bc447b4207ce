"""Whether the figures of the evaluation pages can be trusted: intervals, verdicts, label errors, and how fast.

    python benchmarks/evaluation.py [--sets 1000] [--parts coverage falseAlarms labelErrors speed] [--cleanlab FOLDER]

`coverage`: of the 95% intervals over so many simulated sets of each of two models, by task, measure and number of
images: over all tags, and over the tags that are on enough images to tell (the others, which pages warn of, as
`fewImages`). `falseAlarmRate`: the most often that "better" or "worse" was the verdict on two equal models.
`labelErrorsFound`: of labels of `trashnet` flipped on purpose, the share in the first 2n of the queue. `sliderMs`,
`comparisonMs`: on 10,000 images of 20 tags. The last line is one JSON object.
"""

import argparse
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import numpy as np  # noqa: E402

from benchmarks._coverage import TASKS, coverage, false_alarms, power  # noqa: E402
from benchmarks._evaluation_speed import speed  # noqa: E402
from benchmarks._label_flips import label_errors_found  # noqa: E402
from benchmarks._simulated_sets import MODELS  # noqa: E402

SIZES = (30, 100, 1000)
COMPARED_SIZES = (100, 1000)
PARTS = ("coverage", "falseAlarms", "labelErrors", "speed")
JUDGED_FROM = 100
RANGE = (0.93, 0.97)
MOST_FALSE_ALARMS = 0.07
SLIDER_MS = 100
COMPARISON_MS = 2000


def main() -> None:
    """Run what the options ask for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sets", type=int, default=1000, help="simulated sets of each model and number of images")
    parser.add_argument("--parts", nargs="*", default=list(PARTS), choices=PARTS)
    parser.add_argument("--seed", type=int, default=9)
    parser.add_argument("--data", type=Path, default=_default_data(), help="folder of the image sets")
    parser.add_argument("--draws", type=int, default=3, help="draws of flipped labels")
    parser.add_argument("--cleanlab", type=Path, help="folder that cleanlab was installed into by pip --target")
    options = parser.parse_args()
    report: dict[str, Any] = {}
    if "speed" in options.parts:
        report |= speed()
        _tell(report)
    if "labelErrors" in options.parts:
        folder = options.data / "trashnet"
        report["labelErrorsFound"] = label_errors_found(folder, options.draws, options.cleanlab)
        _tell(report["labelErrorsFound"])
    if "coverage" in options.parts:
        report |= _coverage(options.sets, options.seed)
    if "falseAlarms" in options.parts:
        report |= _false_alarms(options.sets, options.seed)
    report["passed"] = _passed(report)
    print(json.dumps(report))


def _default_data() -> Path:
    named = os.environ.get("SIGHTLINE_SHARED_DATA")
    return Path(named) if named else ROOT.parent / "shared" / "data"


def _coverage(sets: int, seed: int) -> dict[str, Any]:
    found: dict[str, dict[str, dict[str, dict[str, float]]]] = {}
    outside = []
    lowest_and_highest = [1.0, 0.0]
    for task in TASKS:
        for size in SIZES:
            started = time.monotonic()
            of_models = [coverage(task, model, size, sets, seed) for model in MODELS]
            for measure in of_models[0]:
                cells = [each[measure] for each in of_models]
                kinds = sorted({kind for cell in cells for kind in cell if kind != "worstTag"})
                merged = {kind: _mean([cell[kind] for cell in cells if kind in cell]) for kind in kinds}
                found.setdefault(task, {}).setdefault(measure, {})[str(size)] = merged
                if size < JUDGED_FROM:
                    continue
                judged = {kind: merged[kind] for kind in ("overall", "perTag") if kind in merged}
                outside += [
                    f"{task} {measure} {size} {kind} {share}"
                    for kind, share in judged.items()
                    if not RANGE[0] <= share <= RANGE[1]
                ]
                each = [cell[kind] for cell in cells for kind in judged]
                lowest_and_highest = [min(lowest_and_highest[0], *each), max(lowest_and_highest[1], *each)]
            _tell({task: {size: of_models}, "seconds": round(time.monotonic() - started)})
    return {
        "coverage": found,
        "coverageOutside": outside,
        "coverageOfOneModel": {"lowest": lowest_and_highest[0], "highest": lowest_and_highest[1]},
        "sets": sets,
    }


def _false_alarms(sets: int, seed: int) -> dict[str, Any]:
    alarms: dict[str, Any] = {}
    powers: dict[str, Any] = {}
    for task in TASKS:
        for size in COMPARED_SIZES:
            for model in MODELS:
                name = f"{task} {model} {size}"
                alarms[name] = false_alarms(task, model, size, sets, seed)
                powers[name] = power(task, model, size, max(100, sets // 5), seed)
                _tell({name: [alarms[name], powers[name]]})
    return {
        "falseAlarmRate": max(each["headline"] for each in alarms.values()),
        "falseAlarms": alarms,
        "power": powers,
    }


def _passed(report: dict[str, Any]) -> bool:
    return (
        not report.get("coverageOutside")
        and report.get("falseAlarmRate", 0) <= MOST_FALSE_ALARMS
        and report.get("sliderMs", 0) < SLIDER_MS
        and report.get("comparisonMs", 0) <= COMPARISON_MS
    )


def _mean(shares: list[float]) -> float:
    return round(float(np.mean(shares)), 4)


def _tell(something: object) -> None:
    print(json.dumps(something), file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
