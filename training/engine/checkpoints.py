"""What the attempts of one job hand on to each other, each file written whole or not at all."""

import hashlib
import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from training.engine.cache import atomic_path
from training.engine.preparation import Plan

# Raise it when an earlier version's checkpoints must not be continued.
_VERSION = 1


@dataclass(frozen=True)
class Checkpoints:
    """A folder for one job; another job's or another recipe's checkpoints are never met."""

    folder: Path

    def maps(self) -> Path:
        return self.folder / "maps.npy"

    def training(self, name: str) -> Path:
        """State inside one fine-tuning, after each epoch."""
        return self.folder / f"{name}.pt"

    def load_fold(self, fold: int) -> NDArray[np.float32] | None:
        """Held-out logits of a finished fold, or None."""
        path = self.folder / f"fold-{fold}.npz"
        if not path.is_file():
            return None
        with np.load(path, allow_pickle=False) as saved:
            logits: NDArray[np.float32] = saved["logits"]
        return logits

    def save_fold(self, fold: int, logits: NDArray[np.float32]) -> None:
        with atomic_path(self.folder / f"fold-{fold}.npz") as temporary:
            np.savez(temporary, logits=logits)
        self.training(f"fold-{fold}").unlink(missing_ok=True)

    def load_schedule(self) -> tuple[int, float] | None:
        """Epochs that an earlier attempt settled on, and seconds spent so far; None at the first attempt."""
        try:
            saved = json.loads((self.folder / "schedule.json").read_text())
        except FileNotFoundError:
            return None
        return int(saved["epochs"]), float(saved["spent_seconds"])

    def save_schedule(self, epochs: int, spent_seconds: float) -> None:
        with atomic_path(self.folder / "schedule.json") as temporary:
            temporary.write_text(json.dumps({"epochs": epochs, "spent_seconds": spent_seconds}))

    def remove(self) -> None:
        """The job is done: nothing of this is needed again."""
        shutil.rmtree(self.folder, ignore_errors=True)


def checkpoints_of(plan: Plan) -> Checkpoints:
    """The job's checkpoints, in its `checkpoint_dir` or else in the attempt's own folder."""
    job = plan.job
    root = Path(job.checkpoint_dir) if job.checkpoint_dir else plan.folder / "checkpoints"
    # Where files lie may differ between attempts and hosts; what is trained on does not.
    identity = job.model_dump(mode="json", exclude={"checkpoint_dir", "weights_dir", "images"})
    identity["images"] = [[image.id, list(image.tags)] for image in job.images]
    key = json.dumps([_VERSION, identity, plan.weights.sha256, plan.size, plan.pooling, plan.threads])
    folder = root / hashlib.sha256(key.encode()).hexdigest()[:16]
    folder.mkdir(parents=True, exist_ok=True)
    return Checkpoints(folder)
