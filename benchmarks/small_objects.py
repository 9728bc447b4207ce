"""Small objects: 3 x 3 mosaics of an image set, at 320 px and at the input size chosen from the boxes.

    ./sightline bench small_objects [--set bccd] [--seed 0] [--reference 0.90] [--threads 2]

Train images are tiles of mosaics to train on, test images of mosaics to test on. Mosaicking costs accuracy at 320 px;
the chosen size has to win back at least half of what is lost in as many steps. The reference is a training on the
images as they are; its figure can be given instead. The last line is one JSON object; without the data folder
(`--data`) it says so.
"""

import argparse
import itertools
import json
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import numpy as np  # noqa: E402
from PIL import Image  # noqa: E402

from benchmarks._detection_sets import (  # noqa: E402
    GENERAL,
    GENERAL_A1,
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
from training.detection_metrics import Detections, match_image  # noqa: E402

SIDE = 3
TILE_PIXELS = (640, 480)


def main() -> None:
    """Run what the options ask for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=default_data(), help="folder of the image sets")
    parser.add_argument("--set", default="bccd", help="which set")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--reference", type=float, help="mAP@0.5 on the images as they are, if it is known")
    parser.add_argument("--threads", type=int, help="threads of a training; all cores if not given")
    parser.add_argument("--budget-seconds", type=int, help="another budget, for a machine busy with other work")
    options = parser.parse_args()
    if options.data is None or not options.data.is_dir():
        print(json.dumps({"skipped": "The image sets are absent; give their folder by --data."}))
        return
    boxed = read_set(options.data, options.set)
    with tempfile.TemporaryDirectory(prefix="sightline-mosaics-") as temporary:
        mosaics = mosaics_of(boxed, Path(temporary), options.seed)
        whole = options.reference
        if whole is None:
            whole = _measure(boxed, GENERAL, options)["mean_average_precision"]
        standard, chosen = (_measure(mosaics, recipe, options) for recipe in (GENERAL, GENERAL_A1))
        # A larger input takes more steps to be seen whole: the same images more than once take as many.
        times = (chosen["input_size"] / standard["input_size"]) ** 2
        repeated = itertools.islice(itertools.cycle(mosaics.train), round(times * len(mosaics.train)))
        as_long = _measure(replace(mosaics, train=tuple(repeated)), GENERAL, options)
    lost = whole - as_long["mean_average_precision"]
    won_back = chosen["mean_average_precision"] - as_long["mean_average_precision"]
    print(
        json.dumps(
            {
                "set": boxed.name,
                "as_they_are": whole,
                "mosaics_standard": standard,
                "mosaics_standard_as_long": as_long,
                "mosaics_chosen": chosen,
                "lost": round(lost, 4),
                "won_back": round(won_back, 4),
                "won_back_share": round(won_back / lost, 3) if lost > 0 else None,
                "passed": won_back >= lost / 2,
            }
        )
    )


def mosaics_of(boxed: BoxedSet, folder: Path, seed: int) -> BoxedSet:
    """The same boxes on fewer, fuller images; what is left of the last mosaic is dropped."""
    random = np.random.default_rng(seed)

    def split(name: str, images: Sequence[BoxedImage]) -> tuple[BoxedImage, ...]:
        order = random.permutation(len(images))
        count = len(images) // SIDE**2
        groups = [[images[row] for row in order[place * SIDE**2 :][: SIDE**2]] for place in range(count)]
        return tuple(_mosaic(group, folder / f"{name}-{place}.jpg") for place, group in enumerate(groups))

    return BoxedSet(f"{boxed.name} 3 x 3", boxed.tags, split("train", boxed.train), split("test", boxed.test))


def _mosaic(images: Sequence[BoxedImage], path: Path) -> BoxedImage:
    width, height = TILE_PIXELS
    canvas = Image.new("RGB", (SIDE * width, SIDE * height))
    corners, tags = [], []
    for place, image in enumerate(images):
        row, column = divmod(place, SIDE)
        with Image.open(image.path) as file:
            canvas.paste(file.convert("RGB").resize(TILE_PIXELS), (column * width, row * height))
        shift = np.array([column, row, column, row], np.float32)
        corners += ((image.truth.corners + shift) / SIDE).tolist()
        tags += image.truth.tags.tolist()
    canvas.save(path, quality=92)
    return BoxedImage(path, detections(corners, tags))


def _measure(boxed: BoxedSet, recipe: str, options: argparse.Namespace) -> dict[str, Any]:
    trained = train(
        job_of(
            boxed.tags,
            boxed.train,
            recipe=recipe,
            seed=options.seed,
            threads=options.threads,
            budget_seconds=options.budget_seconds,
        )
    )
    found = found_by(trained.model, boxed.test)
    record = asdict(figures_of(boxed.test, found, len(boxed.tags))) | cost_of(trained)
    record["recall_of_smallest_tenth"] = smallest_recall(boxed.test, found, 0.5)
    record["recall_of_smallest_tenth_at_any_probability"] = smallest_recall(boxed.test, found, 0.0)
    record["notes"] = trained.result["notes"]
    print(f"{boxed.name} {record['input_size']} px: {json.dumps(record)}", file=sys.stderr, flush=True)
    return record


def smallest_recall(images: Sequence[BoxedImage], found: Sequence[Detections], threshold: float) -> float:
    """The share found, from a probability on, of the tenth of all boxes with the smallest area."""
    areas = [np.prod(image.truth.corners[:, 2:] - image.truth.corners[:, :2], axis=1) for image in images]
    limit = np.percentile(np.concatenate(areas), 10)
    wanted = met = 0
    for image, area, answer in zip(images, areas, found, strict=True):
        is_seen = answer.scores >= threshold
        seen = Detections(answer.corners[is_seen], answer.tags[is_seen], answer.scores[is_seen])
        matched = set(match_image(image.truth, seen, 0.5).tolist())
        small = np.flatnonzero(area <= limit).tolist()
        wanted += len(small)
        met += len(matched.intersection(small))
    return round(met / wanted, 4)


if __name__ == "__main__":
    main()
