"""Which images to label next: accuracy gained for each image labeled, by the suggested order and by others.

    ./sightline bench suggested_order [--draws 10] [--stream] [--resplit]

Ten draws on a public image set: 5 random images a tag are labeled; then, batch after batch, the shipped Quick probe is
trained, says of all other images what it thinks, and the next batch is labeled in each order. Accuracy is that of the
test split, which nothing else touches. `--stream`: what apps send instead of a tidy set, some tags far more often than
others, most scenes several times with little change. `--resplit`: another split of all images for each draw.
The last line is one JSON object.
"""

import argparse
import io
import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

os.environ.update(dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1"))
ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import numpy as np  # noqa: E402
from numpy.typing import NDArray  # noqa: E402
from PIL import Image, ImageEnhance  # noqa: E402

from benchmarks._labeling_orders import ORDERS, Pool, Rows  # noqa: E402
from benchmarks._shipped_probe import ImageSet, Picture, answers, image_set, train_probe  # noqa: E402

STARTING_IMAGES_PER_TAG = 5  # as few as a training takes
BATCH = 30  # a page of the Predictions tab, or what somebody labels between two trainings
BATCHES = 7
BUDGETS = (60, 90, 120, 180, 240)
VIEWS_OF_A_SCENE = 4
STREAM_IMAGES = 800
# How often each tag comes in the stream, beside the rarest.
STREAM_WEIGHTS = (16, 8, 4, 2, 1, 1)


def main() -> None:
    """Measure every order, and compare."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=_default_data(), help="folder of the image sets")
    parser.add_argument("--set", default="trashnet")
    parser.add_argument("--draws", type=int, default=10)
    parser.add_argument("--orders", nargs="*", default=list(ORDERS), choices=list(ORDERS))
    parser.add_argument("--stream", action="store_true")
    parser.add_argument("--resplit", action="store_true")
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    if options.data is None or not (options.data / options.set / "annotations.json").is_file():
        print(json.dumps({"skipped": "The image sets are absent; give their folder by --data."}))
        return
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="sightline-scenes-") as folder:
        images, scene, is_test = _images(options, Path(folder))
    curves = np.stack(
        [_draw(images, scene, is_test, options, draw) for draw in range(options.draws)]
    )  # [draws, orders, steps]
    labeled = STARTING_IMAGES_PER_TAG * images.truth.shape[1] + BATCH * np.arange(BATCHES + 1)
    orders = {name: _report(curves, options.orders, place, labeled) for place, name in enumerate(options.orders)}
    print(
        json.dumps(
            {
                "set": options.set,
                "stream": options.stream,
                "resplit": options.resplit,
                "draws": options.draws,
                "batch": BATCH,
                "labeled": [int(each) for each in labeled],
                "seconds": round(time.monotonic() - started, 1),
                "orders": orders,
            }
        )
    )


def _default_data() -> Path | None:
    named = os.environ.get("SIGHTLINE_SHARED_DATA")
    return Path(named) if named else ROOT.parent / "shared" / "data"


def _images(options: argparse.Namespace, folder: Path) -> tuple[ImageSet, Rows, NDArray[np.bool_]]:
    """The set (with `--stream`, several views of each scene), the scene of each image, and which are for the test."""
    annotations = json.loads((options.data / options.set / "annotations.json").read_text())
    assert annotations["task"] == "multiclass"
    pictures, scene, is_test = [], [], []
    for number, entry in enumerate(annotations["images"]):
        file = options.data / options.set / "images" / entry["file"]
        has_views = options.stream and (options.resplit or entry["split"] != "test")
        more = [_another_view(file, view, folder) for view in range(1, VIEWS_OF_A_SCENE if has_views else 1)]
        for each in (file, *more):
            pictures.append(Picture(each, tuple(entry["tags"])))
            scene.append(number)
            is_test.append(entry["split"] == "test")
    images = image_set(pictures, annotations["classes"], options.threads)
    return images, np.array(scene, dtype=np.intp), np.array(is_test)


def _another_view(file: Path, view: int, folder: Path) -> Path:
    """The scene a moment later: some pixels aside, a little lighter or darker, compressed again."""
    chance = np.random.default_rng([view, *file.name.encode()])
    made = folder / f"{file.stem}-{view}.jpg"
    with Image.open(file) as picture:
        width, height = picture.size
        left, top, right, bottom = (float(each) for each in chance.uniform(0, 0.06, 4))
        frame = (width * left, height * top, width * (1 - right), height * (1 - bottom))
        moved = picture.convert("RGB").crop(tuple(round(each) for each in frame))
        lit = ImageEnhance.Brightness(moved).enhance(float(chance.uniform(0.9, 1.1)))
        data = io.BytesIO()
        lit.save(data, "JPEG", quality=int(chance.integers(70, 92)))
    made.write_bytes(data.getvalue())
    return made


def _draw(
    images: ImageSet, scene: Rows, is_test: NDArray[np.bool_], options: argparse.Namespace, draw: int
) -> NDArray[np.float64]:
    """Accuracy [orders, steps] of each order from the same start."""
    chance = np.random.default_rng(draw)
    tag = images.truth.argmax(axis=1)
    if options.resplit:
        is_test = _split(scene, tag, is_test, chance)
    # Scenes are tested in the view that was taken, not in those made of it.
    originals = np.flatnonzero(np.diff(scene, prepend=-1))
    test = originals[is_test[originals]]
    pool = np.flatnonzero(~is_test)
    if options.stream:
        pool = _stream(pool, scene, tag, chance)
    start = np.concatenate(
        [chance.permutation(pool[tag[pool] == each])[:STARTING_IMAGES_PER_TAG] for each in range(tag.max() + 1)]
    )
    center = images.views[pool, 0].mean(axis=0)
    features = images.views[:, 0] - center
    features /= np.maximum(np.linalg.norm(features, axis=1, keepdims=True), 1e-6)
    curves = []
    first = train_probe(images, start, draw)
    for name in options.orders:
        labeled, accuracies = start, []
        for step in range(BATCHES + 1):
            head = train_probe(images, labeled, draw) if step else first
            accuracies.append(float(np.mean(answers(head, images, test).argmax(axis=1) == tag[test])))
            if step < BATCHES:
                rest = np.setdiff1d(pool, labeled)
                left = Pool(answers(head, images, rest), features[rest], np.random.default_rng([draw, step]))
                labeled = np.concatenate([labeled, rest[ORDERS[name](left, BATCH)]])
        curves.append(accuracies)
        print(f"draw {draw}, {name}: {np.mean(accuracies):.4f}", file=sys.stderr, flush=True)
    return np.array(curves)


def _split(scene: Rows, tag: Rows, is_test: NDArray[np.bool_], chance: np.random.Generator) -> NDArray[np.bool_]:
    """As many scenes of each tag for the test as the set has it, but others."""
    drawn = np.zeros_like(is_test)
    for each in range(tag.max() + 1):
        scenes = np.unique(scene[tag == each])
        count = len(np.unique(scene[(tag == each) & is_test]))
        drawn |= np.isin(scene, chance.permutation(scenes)[:count])
    return drawn


def _stream(pool: Rows, scene: Rows, tag: Rows, chance: np.random.Generator) -> Rows:
    """What an app may send: tags by STREAM_WEIGHTS in any order; few scenes often, most now and then."""
    weights = np.array(STREAM_WEIGHTS, dtype=np.float64)
    of_tag = chance.permutation(np.resize(weights, tag.max() + 1))
    scenes = np.unique(scene[pool])
    often = dict(zip(scenes, chance.pareto(1.5, len(scenes)) + 0.2, strict=True))
    weight = np.array([of_tag[tag[row]] * often[scene[row]] for row in pool])
    chosen = chance.choice(pool, STREAM_IMAGES, replace=False, p=weight / weight.sum())
    # A tag that hardly came has at least what a training needs.
    few = [each for each in range(tag.max() + 1) if (tag[chosen] == each).sum() < 2 * STARTING_IMAGES_PER_TAG]
    more = [
        chance.permutation(np.setdiff1d(pool[tag[pool] == each], chosen))[: 2 * STARTING_IMAGES_PER_TAG] for each in few
    ]
    return np.concatenate([chosen, *more])


def _report(curves: NDArray[np.float64], names: list[str], place: int, labeled: Rows) -> dict[str, Any]:
    """One order: the area under its curve and its accuracy at each budget, and the differences, draw by draw."""
    steps = {budget: int(np.flatnonzero(labeled == budget)[0]) for budget in BUDGETS if budget in labeled}
    own = curves[:, place]
    figures = {"area": own.mean(axis=1)} | {f"at {budget}": own[:, step] for budget, step in steps.items()}
    gains = {
        f"per 100 images, to {budget}": 100 * (own[:, step] - own[:, 0]) / (budget - labeled[0])
        for budget, step in steps.items()
    }
    report: dict[str, Any] = {name: _mean(values) for name, values in (figures | gains).items()}
    for other in ("random", "entropy", "margin"):
        if other in names and other != names[place]:
            theirs = curves[:, names.index(other)]
            report[f"over {other}"] = {"area": _mean((own - theirs).mean(axis=1))} | {
                f"at {budget}": _mean(own[:, step] - theirs[:, step]) for budget, step in steps.items()
            }
    return report


def _mean(values: NDArray[np.float64]) -> list[float]:
    """Mean and standard error."""
    return [round(float(values.mean()), 4), round(float(values.std(ddof=1) / np.sqrt(len(values))), 4)]


if __name__ == "__main__":
    main()
