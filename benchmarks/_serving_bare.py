"""Decode, model and JSON in a loop without HTTP. Arguments: artifact, image, seconds."""

import json
import sys
import time
from pathlib import Path

import numpy as np

from inference.answers import now, prediction_json, predictions_json
from inference.runtime import Model
from portal.imaging import decode_for_model


def main() -> None:
    model, image, seconds = Model.load(sys.argv[1]), Path(sys.argv[2]).read_bytes(), float(sys.argv[3])
    times_ms: list[float] = []
    for _ in range(20):
        _predict(model, image)
    started, cpu = time.perf_counter(), time.process_time()
    while time.perf_counter() - started < seconds:
        before = time.perf_counter()
        _predict(model, image)
        times_ms.append((time.perf_counter() - before) * 1000)
    wall, cpu = time.perf_counter() - started, time.process_time() - cpu
    times_ms.sort()
    count = len(times_ms)
    print(
        json.dumps(
            {
                "images_per_second": count / wall,
                "cpu_ms": 1000 * cpu / count,
                "p50_ms": times_ms[count // 2],
                "p99_ms": times_ms[int(count * 0.99)],
            }
        )
    )


def _predict(model: Model, image: bytes) -> bytes:
    pixels = decode_for_model(image, model.metadata.input_size)
    ranked = model.rank(model.classify(pixels[np.newaxis])[0])
    return prediction_json("id", "project", "iteration", now(), predictions_json(ranked))


if __name__ == "__main__":
    main()
