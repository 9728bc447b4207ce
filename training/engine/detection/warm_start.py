"""A new detector with the weights of an earlier one."""

from collections.abc import Sequence

import torch
from torch import Tensor

from training.engine.detection.base_model import BaseModel
from training.engine.detection.network import Detector
from training.engine.errors import TrainingError

# The detector's name inside of the exported graph.
_PREFIX = "detector."
_SCORES, _BOXES = "roi_heads.box_predictor.cls_score.", "roi_heads.box_predictor.bbox_pred."


def start_from(detector: Detector, base: BaseModel, tag_ids: Sequence[str]) -> int:
    """Copy the weights of `base` into `detector`; a tag that `base` does not know keeps its fresh head.

    The number of known tags. Raises TrainingError where the two networks are not alike.
    """
    known = {tag_id: place for place, tag_id in enumerate(base.tag_ids)}
    pairs = [(place, known[tag_id]) for place, tag_id in enumerate(tag_ids) if tag_id in known]
    with torch.no_grad():
        for name, weight in detector.named_parameters():
            saved = _saved(base, name)
            if name.startswith((_SCORES, _BOXES)):
                _copy_rows(weight, saved, 1 if name.startswith(_SCORES) else 4, pairs)
            elif weight.shape == saved.shape:
                weight.copy_(saved)
            else:
                raise _unlike()
    return len(pairs)


def _saved(base: BaseModel, name: str) -> Tensor:
    if _PREFIX + name not in base.weights:
        raise _unlike()
    return torch.from_numpy(base.weights[_PREFIX + name].copy())


def _copy_rows(weight: Tensor, saved: Tensor, rows_per_tag: int, pairs: Sequence[tuple[int, int]]) -> None:
    """Rows of the background, which comes first, and of the tags that both know: (place, place in the base)."""
    if weight.shape[1:] != saved.shape[1:]:
        raise _unlike()
    for own, theirs in [(0, 0), *((own + 1, theirs + 1) for own, theirs in pairs)]:
        weight[own * rows_per_tag : (own + 1) * rows_per_tag] = saved[theirs * rows_per_tag :][:rows_per_tag]


def _unlike() -> TrainingError:
    return TrainingError(
        "The iteration that this training starts from has another network.",
        "Train that iteration again, or train without it.",
    )
