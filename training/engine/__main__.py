"""`python -m training.engine JOB_DIR`: train what the folder's `job.json` says."""

import importlib
import logging
import os
import sys
import threading
import time
from pathlib import Path

STARTED = time.monotonic()

from pydantic import ValidationError  # noqa: E402

from portal.cores import usable_cores  # noqa: E402
from training.engine.config import JobConfig  # noqa: E402
from training.engine.errors import TrainingError  # noqa: E402
from training.engine.progress import Progress  # noqa: E402

logger = logging.getLogger("training.engine")

_LONGEST_CAUSE = 300


def main(arguments: list[str]) -> int:
    """Exit code 0 when all outputs are written, 1 when the last line names why not."""
    # Standard output is the channel to the parent: what a library prints goes to standard error.
    channel = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    progress = Progress(channel)
    try:
        if len(arguments) != 1:
            raise TrainingError("The engine takes one job folder.", "Run: python -m training.engine JOB_DIR")
        _run(Path(arguments[0]).resolve(), progress)
    except TrainingError as error:
        logger.exception("training failed")
        progress.failed(error.cause, error.next_step, error.kind, error.object_id)
        return 1
    except MemoryError:
        logger.exception("training failed")
        progress.failed("The machine ran out of memory.", "Free memory, or train with fewer images.", "out_of_memory")
        return 1
    except Exception as error:
        # The parent gets one short sentence; an exporter's message can be megabytes of graph.
        logger.error("training failed: %s", str(error)[:2000], exc_info=len(str(error)) < 2000)
        first_line = (str(error).strip().splitlines() or [""])[0][:_LONGEST_CAUSE]
        progress.failed(
            f"The training stopped with an unexpected error: {type(error).__name__}: {first_line}".rstrip(": "),
            "Train again; if it happens again, report it with the worker's log.",
        )
        return 1
    progress.done()
    return 0


def _run(folder: Path, progress: Progress) -> None:
    job = _read_job(folder)
    # Threads that spin while they wait make everybody slow as soon as someone else wants the cores.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    # numpy's own threads can be counted only before its first import. Their number is part of what gives the weights.
    os.environ["OPENBLAS_NUM_THREADS"] = str(job.threads or usable_cores())
    # Two seconds of import, while ONNX Runtime, which needs no Python lock, already extracts.
    threading.Thread(target=importlib.import_module, args=("torch",), daemon=True).start()
    if job.task == "detection":
        _run_detection(job, folder, progress)
        return
    from training.engine.preparation import make_plan, prepare

    plan = make_plan(job, folder)
    prepared = prepare(plan, progress, 1, 10 if job.training_type == "advanced" else 75)
    import torch

    torch.set_num_threads(plan.threads)
    from training.engine.training import train

    train(prepared, progress, STARTED)


def _run_detection(job: JobConfig, folder: Path, progress: Progress) -> None:
    from training.engine.detection.preparation import make_plan, prepare

    plan = make_plan(job, folder)
    prepared = prepare(plan, progress, 1, 5)
    import torch

    torch.set_num_threads(plan.threads)
    from training.engine.detection.training import train

    train(prepared, progress, STARTED)


def _read_job(folder: Path) -> JobConfig:
    try:
        return JobConfig.model_validate_json((folder / "job.json").read_bytes())
    except OSError as error:
        raise TrainingError(f"The job cannot be read: {error}.", "Train again.") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise TrainingError(
            f"The job is not valid: {place} {first['msg']}.".replace("  ", " "), "Train again."
        ) from error


if __name__ == "__main__":
    code = main(sys.argv[1:])
    logging.shutdown()
    # Everything is written and flushed: taking torch down in order would cost another second.
    os._exit(code)
