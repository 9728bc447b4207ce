"""Decode, model and JSON in a loop without HTTP. Arguments: artifact, image, seconds."""

import json
import sys
import time
from pathlib import Path

from inference.answers import now, prediction_json, predictions_json
from inference.runtime import ServedModel, load_model
from portal.imaging import decode_for_model


def main() -> None:
    model, image, seconds = load_model(sys.argv[1]), Path(sys.argv[2]).read_bytes(), float(sys.argv[3])
    times_ms: list[float] = []
    for _ in range(20):
        _predict(model, image)
    started, cpu = time.perf_counter(), time.process_time()
    while time.perf_counter() - started < seconds:
        before = time.perf_counter()
        _predict(model, image)
        times_ms.append((time.perf_counter() - before) * 1000)
    cpu = time.process_time() - cpu
    times_ms.sort()
    count = len(times_ms)
    result = {
        "cpu_ms": 1000 * cpu / count,
        "p50_ms": times_ms[count // 2],
        "p99_ms": times_ms[int(count * 0.99)],
    }
    print(json.dumps(result))


def _predict(model: ServedModel, image: bytes) -> bytes:
    ranked = model.answer(decode_for_model(image, model.metadata.input_size))
    return prediction_json("id", "project", "iteration", now(), predictions_json(ranked))


if __name__ == "__main__":
    main()
