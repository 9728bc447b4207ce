"""What a file costs in a process of its own: `python -m tests.hostile.cost FOLDER` prints a JSON object a line.

Each file is judged and decoded twice, as for storage and as for a model, each time in a fresh fork of this process,
which has nothing but the decoders in memory.
"""

import json
import os
import sys
from pathlib import Path

from portal.imaging import ImageLimits, ImageRejected, decode_for_model, inspect, make_copies

LIMITS = ImageLimits(max_bytes=6 * 1024 * 1024)
MODEL_SIDE = 320


def for_storage(data: bytes) -> None:
    inspect(data, LIMITS)
    make_copies(data)


def for_a_model(data: bytes) -> None:
    decode_for_model(data, MODEL_SIDE, inspect(data, LIMITS))


def measured(path: Path, purpose: str) -> dict[str, object]:
    """Verdict, CPU seconds and the highest resident memory of one fork."""
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        verdict = "taken"
        try:
            {"storage": for_storage, "model": for_a_model}[purpose](path.read_bytes())
        except ImageRejected as rejected:
            verdict = rejected.reason
        except BaseException as error:
            verdict = repr(error)
        os.write(writer, verdict.encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as answer:
        verdict = answer.read()
    _, _, used = os.wait4(child, 0)
    return {
        "file": path.name,
        "purpose": purpose,
        "verdict": verdict,
        "seconds": round(used.ru_utime + used.ru_stime, 2),
        "megabytes": round(used.ru_maxrss * 1024 / 1e6),
    }


if __name__ == "__main__":
    for path in sorted(Path(sys.argv[1]).iterdir()):
        for purpose in ("storage", "model"):
            print(json.dumps(measured(path, purpose)), flush=True)
