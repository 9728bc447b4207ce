"""Decode and run: one image at a time in a process."""

import threading
import time
from dataclasses import dataclass

from inference.runtime import Prediction, ServedModel
from portal.errors import Refusal
from portal.imaging import ImageFacts, ImageLimits, ImageRejected, decode_for_model, inspect
from portal.limits import PREDICTION_IMAGE_BYTES

LIMITS = ImageLimits(max_bytes=PREDICTION_IMAGE_BYTES)
# The prediction client knows no code of its own for the aspect ratio.
CODES = {
    "format": "BadRequestImageFormat",
    "size": "BadRequestImageSizeBytes",
    "dimensions": "BadRequestImageDimensions",
    "aspect": "BadRequestImageDimensions",
}

MENDS = {
    "format": "Send a JPEG, PNG, BMP, GIF or WebP image.",
    "size": "Send a smaller one.",
    "dimensions": "Send a smaller copy.",
    "aspect": "Crop it.",
}

# Threads that decode and run side by side on one core only slow each other down. Nobody may hold this while a
# body or a URL is being read.
_turn = threading.Lock()


@dataclass(frozen=True)
class Predicted:
    """What the model says, most probable first, and what it took."""

    ranked: list[Prediction]
    facts: ImageFacts
    decode_ms: float
    run_ms: float


def predict(model: ServedModel, image: bytes, limits: ImageLimits = LIMITS) -> Predicted:
    """Check, decode and run one encoded image. Raises Refusal `BadRequestImage...`."""
    try:
        facts = inspect(image, limits)
        with _turn:
            started = time.perf_counter()
            pixels = decode_for_model(image, model.metadata.input_size, facts)
            decoded = time.perf_counter()
            ranked = model.answer(pixels)
            run = time.perf_counter()
    except ImageRejected as rejected:
        raise Refusal(CODES[rejected.reason], f"{rejected} {MENDS[rejected.reason]}") from rejected
    return Predicted(
        ranked=ranked,
        facts=facts,
        decode_ms=(decoded - started) * 1000,
        run_ms=(run - decoded) * 1000,
    )
