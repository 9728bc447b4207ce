"""Where the attempts of one detection job meet."""

import hashlib
import json
from pathlib import Path

from training.engine.detection.preparation import DetectionPlan

# Raise it when an earlier version's checkpoints must not be continued.
_VERSION = 2


def checkpoint_folder(plan: DetectionPlan) -> Path:
    """The job's own folder: another job's or another recipe's checkpoints are never met."""
    job = plan.job
    root = Path(job.checkpoint_dir) if job.checkpoint_dir else plan.folder / "checkpoints"
    # Where files lie may differ between attempts and hosts; what is trained on does not.
    identity = job.model_dump(mode="json", exclude={"checkpoint_dir", "weights_dir", "images"})
    identity["images"] = [[image.id, [region.model_dump() for region in image.regions]] for image in job.images]
    key = json.dumps([_VERSION, identity, plan.weights.sha256, plan.input_size, plan.window, plan.threads])
    folder = root / hashlib.sha256(key.encode()).hexdigest()[:16]
    folder.mkdir(parents=True, exist_ok=True)
    return folder
