"""Background images: what 20 images marked "No objects here" do to false boxes, and to recall.

    ./sightline bench background_images [--set azure-fork-scissors] [--backgrounds trashnet] [--seed 0] [--threads 2]

Trains a detector with and without 20 images of another set that hold none of its objects, in as many steps, and counts
the boxes that it finds at a probability of 0.5 on 60 unseen ones; beside it, its recall on its own test split. The last
line is one JSON object; without the data folder (`--data`) it says so.
"""

import argparse
import itertools
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import numpy as np  # noqa: E402

from benchmarks._detection_sets import (  # noqa: E402
    BoxedImage,
    BoxedSet,
    default_data,
    detections,
    figures_of,
    found_by,
    job_of,
    read_set,
    train,
)
from benchmarks.detection import cost_of  # noqa: E402

SHOWN_BACKGROUNDS = 20
UNSEEN_BACKGROUNDS = 60


def main() -> None:
    """Run what the options ask for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=default_data(), help="folder of the image sets")
    parser.add_argument("--set", default="azure-fork-scissors", help="which set is trained on")
    parser.add_argument("--backgrounds", default="trashnet", help="which set the backgrounds are from")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, help="threads of a training; all cores if not given")
    parser.add_argument("--budget-seconds", type=int, help="another budget, for a machine busy with other work")
    options = parser.parse_args()
    if options.data is None or not options.data.is_dir():
        print(json.dumps({"skipped": "The image sets are absent; give their folder by --data."}))
        return
    boxed = read_set(options.data, options.set)
    shown, unseen = _backgrounds(options.data / options.backgrounds, options.seed)
    # The set's own images more than once, so that both trainings take as many steps.
    as_long = (*boxed.train, *itertools.islice(itertools.cycle(boxed.train), len(shown)))
    without = _measure(boxed, boxed.train, unseen, options)
    without_as_long = _measure(boxed, as_long, unseen, options)
    with_backgrounds = _measure(boxed, (*boxed.train, *shown), unseen, options)
    print(
        json.dumps(
            {
                "set": boxed.name,
                "backgrounds": options.backgrounds,
                "without": without,
                "without_as_long": without_as_long,
                "with": with_backgrounds,
                "false_boxes_change": with_backgrounds["false_boxes"] - without_as_long["false_boxes"],
                "recall_change": round(with_backgrounds["recall"] - without_as_long["recall"], 4),
                "passed": with_backgrounds["false_boxes"] < without_as_long["false_boxes"],
            }
        )
    )


def _backgrounds(folder: Path, seed: int) -> tuple[list[BoxedImage], list[BoxedImage]]:
    entries = json.loads((folder / "annotations.json").read_text())["images"]
    random = np.random.default_rng(seed)
    chosen = []
    for split, count in (("train", SHOWN_BACKGROUNDS), ("test", UNSEEN_BACKGROUNDS)):
        files = [folder / "images" / entry["file"] for entry in entries if entry["split"] == split]
        rows = random.permutation(len(files))[:count]
        chosen.append([BoxedImage(files[row], detections([], [])) for row in rows])
    return chosen[0], chosen[1]


def _measure(
    boxed: BoxedSet, images: Sequence[BoxedImage], unseen: Sequence[BoxedImage], options: argparse.Namespace
) -> dict[str, Any]:
    trained = train(
        job_of(boxed.tags, images, seed=options.seed, threads=options.threads, budget_seconds=options.budget_seconds)
    )
    on_backgrounds = found_by(trained.model, unseen)
    record = asdict(figures_of(boxed.test, found_by(trained.model, boxed.test), len(boxed.tags))) | cost_of(trained)
    record["false_boxes"] = sum(int((each.scores >= 0.5).sum()) for each in on_backgrounds)
    record["images_with_false_boxes"] = sum(bool((each.scores >= 0.5).any()) for each in on_backgrounds)
    record["unseen_backgrounds"] = len(unseen)
    print(f"{len(images)} images: {json.dumps(record)}", file=sys.stderr, flush=True)
    return record


if __name__ == "__main__":
    main()
