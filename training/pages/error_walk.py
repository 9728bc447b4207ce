"""The way through the list of the Errors view, one image at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.http import QueryDict
from django.urls import reverse

from portal.actors import Actor
from training.errors.error_list import error_list
from training.errors.label_queue import label_queue
from training.errors.mistakes import Corners, Mistake
from training.image_review import ReviewedBox
from training.judged import JudgedOn
from training.models import Iteration
from training.pages.error_query import TILES_ON_A_PAGE, ErrorAddress, read_address

# Edges were rounded to 32 bits.
SAME_EDGES = 1e-4


@dataclass(frozen=True)
class ErrorWalk:
    """A mistake at its `place` of `count`, from 0; addresses are empty where there is none."""

    mistake: Mistake
    place: int
    count: int
    previous: str
    next: str
    back: str
    editor: str
    is_locked: bool

    @property
    def number(self) -> int:
        return self.place + 1

    def is_about(self, box: ReviewedBox) -> bool:
        """Whether the box is one of the mistake's."""
        corners = self.mistake.true_corners if box.is_truth else self.mistake.predicted_corners
        left, top, width, height = box.edges
        return corners is not None and _are_same(corners, (left, top, left + width, top + height))


def error_walk(actor: Actor, iteration: Iteration, parameters: QueryDict, image_id: UUID | None) -> ErrorWalk | None:
    """The mistake at `at` of the list that the parameters name; the image counts where the list changed meanwhile.

    None where no list is walked through, or it has come to nothing.
    """
    at = parameters.get("at", "")
    if not (at.isascii() and at.isdigit() and len(at) < 7):
        return None
    address = read_address(parameters)
    mistakes = _mistakes(actor, iteration, address)
    place = _place(mistakes, int(at), image_id)
    if place is None:
        return None
    image = f"&image={mistakes[place].image_id}"
    errors = reverse("errors", args=[iteration.project_id, iteration.pk])
    grid = f"{errors}?{address.parameters(page=place // TILES_ON_A_PAGE + 1)}"
    return ErrorWalk(
        mistakes[place],
        place,
        len(mistakes),
        previous=_step(iteration, address, mistakes, place - 1),
        next=_step(iteration, address, mistakes, place + 1),
        back=f"{grid}#error-{place}",
        editor=f"{grid}{image}#error-{place}",
        is_locked=address.query.judged_on is JudgedOn.LOCKED and not address.is_labels,
    )


def _mistakes(actor: Actor, iteration: Iteration, address: ErrorAddress) -> Sequence[Mistake]:
    if address.is_labels:
        return [doubt.mistake for doubt in label_queue(actor, iteration).open]
    return error_list(actor, iteration, address.query).mistakes


def _place(mistakes: Sequence[Mistake], at: int, image_id: UUID | None) -> int | None:
    if not mistakes:
        return None
    at = min(at, len(mistakes) - 1)
    if image_id is None or mistakes[at].image_id == image_id:
        return at
    return next((place for place, mistake in enumerate(mistakes) if mistake.image_id == image_id), None)


def _step(iteration: Iteration, address: ErrorAddress, mistakes: Sequence[Mistake], place: int) -> str:
    if not 0 <= place < len(mistakes):
        return ""
    review = reverse("review", args=[iteration.project_id, iteration.pk])
    return f"{review}?{address.parameters(at=place, image=mistakes[place].image_id)}"


def _are_same(first: Corners, second: Corners) -> bool:
    return all(abs(one - other) <= SAME_EDGES for one, other in zip(first, second, strict=True))
