"""The machine that trains: device and memory."""

import resource
import sys

import torch

from training.engine.errors import TrainingError


def device_of(wanted: str) -> torch.device:
    """The device for `wanted`: auto, cpu or cuda. Raises TrainingError for a CUDA device that is not there."""
    if wanted == "cuda" and not torch.cuda.is_available():
        raise TrainingError("There is no CUDA device on this machine.", "Train on the CPU.")
    return torch.device("cuda" if wanted != "cpu" and torch.cuda.is_available() else "cpu")


def device_name(device: torch.device) -> str:
    """The device in words."""
    return f"cuda: {torch.cuda.get_device_name(device)}" if device.type == "cuda" else "cpu"


def peak_memory_mb() -> float:
    """The most memory that this process has held, in megabytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1024 if sys.platform == "linux" else peak / 1024**2
