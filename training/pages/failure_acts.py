"""What to do about a training that failed, by its cause."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse

from training.models import Iteration, TrainingType


@dataclass(frozen=True)
class FailureAct:
    """A button: to a page, or to the Train dialog with `opens_dialog`; the first is the main one."""

    words: str
    address: str
    opens_dialog: bool = False


def failure_acts(iteration: Iteration, *, may_train: bool) -> list[FailureAct]:
    """Mend the cause first where it can be mended here, then train again as before, or Quick where memory ran out."""
    images = reverse("images", args=[iteration.project_id])
    acts = []
    if iteration.failure_kind == "tag_without_images":
        acts.append(FailureAct("Show images of this tag", f"{images}?tag={iteration.failure_object_id}"))
    elif iteration.failure_kind == "unreadable_images":
        acts.append(FailureAct("Show the image", f"{images}?image={iteration.failure_object_id}"))
    if not may_train:
        return acts
    dialog = reverse("train_dialog", args=[iteration.project_id])
    is_advanced = iteration.training_type == TrainingType.ADVANCED
    if iteration.failure_kind == "out_of_memory" and is_advanced:
        acts.append(FailureAct("Train again, Quick", f"{dialog}?training_type=Regular", opens_dialog=True))
    else:
        same: dict[str, object] = {"training_type": iteration.training_type}
        if is_advanced:
            same["budget_hours"] = iteration.budget_hours
        acts.append(FailureAct("Train again", f"{dialog}?{urlencode(same)}", opens_dialog=True))
    return acts
