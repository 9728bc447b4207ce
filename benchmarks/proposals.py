"""Boxes suggested without a model: how many objects the first 20 find, beside other methods without classes.

Needs the photos beside the repository (`../shared/data`: bccd, raccoon, azure-fork-scissors). Measures on their test
parts: recall at an overlap (IoU) of 0.5, boxes an image, milliseconds an image on one thread. Selective search
joins in where OpenCV has its contrib modules. Prints one JSON object as its last line.
"""

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from inference.proposals import MOST_PROPOSALS, propose  # noqa: E402
from portal.imaging import decode_upright  # noqa: E402

SETS = ("bccd", "raccoon", "azure-fork-scissors")
OVERLAP = 0.5
OTHERS_LONG_SIDE = 300
Corners = NDArray[np.float64]
Method = Callable[[bytes], Corners]


def ours(image: bytes) -> Corners:
    boxes = [(box.left, box.top, box.left + box.width, box.top + box.height) for box in propose(image)]
    return np.array(boxes, np.float64).reshape(-1, 4)


def fixed_grid(_: bytes) -> Corners:
    """The same 20 boxes for every image: what a method has to beat."""
    middle = [(0.9, 0.9), (0.7, 0.7), (0.5, 0.5), (0.6, 0.9), (0.9, 0.6), (0.4, 0.8), (0.8, 0.4), (0.45, 0.6)]
    boxes = [(0.5 - wide / 2, 0.5 - high / 2, 0.5 + wide / 2, 0.5 + high / 2) for wide, high in middle]
    boxes += [(x, y, x + 0.5, y + 0.5) for y in (0, 0.5) for x in (0, 0.5)]
    boxes += [(x, y, x + 0.22, y + 0.35) for y in (0.1, 0.55) for x in (0.02, 0.27, 0.52, 0.77)]
    return np.array(boxes)


def selective_search(image: bytes) -> Corners:
    pixels = _small(image)
    search = cv2.ximgproc.segmentation.createSelectiveSearchSegmentation()  # type: ignore[attr-defined]
    search.setBaseImage(np.ascontiguousarray(pixels[..., ::-1]))
    search.switchToSelectiveSearchFast()
    return _fractions(search.process()[:MOST_PROPOSALS], pixels)


def _small(image: bytes) -> NDArray[np.uint8]:
    picture = decode_upright(image)
    picture.thumbnail((OTHERS_LONG_SIDE, OTHERS_LONG_SIDE))
    return np.array(picture)


def _fractions(boxes: Any, pixels: NDArray[np.uint8]) -> Corners:
    left, top, width, height = np.asarray(boxes, np.float64).reshape(-1, 4).T
    high, wide = pixels.shape[:2]
    return np.stack([left / wide, top / high, (left + width) / wide, (top + height) / high], 1)


def overlaps(first: Corners, second: Corners) -> Corners:
    low = np.maximum(first[:, None, :2], second[None, :, :2])
    high = np.minimum(first[:, None, 2:], second[None, :, 2:])
    common = np.clip(high - low, 0, None).prod(2)
    areas = [(each[:, 2:] - each[:, :2]).prod(1) for each in (first, second)]
    shares: Corners = common / (areas[0][:, None] + areas[1][None] - common)
    return shares


def measure(method: Method, folder: Path) -> dict[str, float]:
    entries = json.loads((folder / "annotations.json").read_text())["images"]
    objects = found = proposed = 0
    elapsed_ms: list[float] = []
    for entry in (each for each in entries if each["split"] == "test" and each["regions"]):
        image = (folder / "images" / entry["file"]).read_bytes()
        started = time.perf_counter()
        boxes = method(image)
        elapsed_ms.append((time.perf_counter() - started) * 1000)
        truth = np.array(
            [(r["left"], r["top"], r["left"] + r["width"], r["top"] + r["height"]) for r in entry["regions"]]
        )
        objects += len(truth)
        proposed += len(boxes)
        if len(boxes):
            found += int((overlaps(truth, boxes).max(1) >= OVERLAP).sum())
    return {
        "images": len(elapsed_ms),
        "objects": objects,
        "recall": round(found / objects, 3),
        "boxes_an_image": round(proposed / len(elapsed_ms), 1),
        "median_ms": round(statistics.median(elapsed_ms), 1),
        "longest_ms": round(max(elapsed_ms), 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    data = parser.parse_args().data
    if not all((data / name).is_dir() for name in SETS):
        sys.exit(f"This benchmark needs {', '.join(SETS)} in {data}; name another folder with --data.")
    methods: dict[str, Method] = {"shapes (ours)": ours, "fixed grid": fixed_grid}
    if hasattr(cv2, "ximgproc"):
        methods["selective search"] = selective_search
    figures = {name: {each: measure(method, data / each) for each in SETS} for name, method in methods.items()}
    for name, by_set in figures.items():
        for each, figure in by_set.items():
            print(f"{name:18} {each:22} recall {figure['recall']:.3f}  {figure['median_ms']:7.1f} ms")
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
