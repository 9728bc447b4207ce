"""One image of the locked test set: what is true, and what two iterations say of it, side by side."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from labeling.gallery import gallery_images
from labeling.tag_keys import PageTag, project_tags
from portal.errors import Refusal
from portal.models import Project
from portal.pages.access import PageRequest, page
from portal.pages.project_bar import project_context
from portal.permissions import Right
from portal.signed_files import signed_path
from training.comparing.answers import AnswerChange, Answers
from training.comparing.comparison import compare
from training.comparing.detector_answers import DetectorAnswers
from training.locked_test.common import CommonScores
from training.models import Iteration
from training.pages.compare_images import ANSWER_TITLES, held_place
from training.pages.compare_query import CompareQuery, read_compare_query
from training.pages.compare_tiles import NO_COLOR

TAGS_SHOWN = 10


@dataclass(frozen=True)
class SaidBox:
    """A box over the picture: edges in percent; `word` on it where it is wrong or predicted."""

    color: int
    look: str
    left: str
    top: str
    width: str
    height: str
    word: str


@dataclass(frozen=True)
class Said:
    """What one iteration drew: `words` count what is wrong."""

    iteration: Iteration
    boxes: tuple[SaidBox, ...]
    words: str


@dataclass(frozen=True)
class TagLine:
    """A tag, whether the image carries it, and how probable each iteration finds it."""

    name: str
    tag: PageTag | None
    is_true: bool
    said: tuple[tuple[float, bool], ...]  # probability, and whether that is right at the threshold


@page(Right.VIEW)
def compare_image(request: PageRequest, project: Project, image_id: UUID) -> HttpResponse:
    """`?kind=&of=` say from which list of changed images it was opened, for the next and the previous one."""
    query = read_compare_query(project, request.GET)
    place = held_place(query, request.GET.get("of", ""))
    comparison = compare(query.choice.compared, query.threshold, query.overlap)
    answers = comparison.answers
    row = answers.row_of(image_id)
    shown = gallery_images(project, [image_id])
    if row is None or not shown:
        raise Refusal("NotFoundImage", "This image is not among those that are compared here.")
    tags = {tag.id: tag for tag in project_tags(project)}
    pair = (0, place)
    context: dict[str, Any] = {
        "query": query,
        "image": shown[0],
        "picture": signed_path(shown[0].picture),
        "iterations": [query.choice.before, query.choice.compared[place]],
        "back": query.address(project),
        "editor": f"{reverse('images', args=[project.pk])}?image={image_id}",
        "changes": [each.words for each in answers.said(row, *pair)],
        **_neighbors(project, query, place, answers, request.GET.get("kind", ""), row),
    }
    if isinstance(answers, DetectorAnswers):
        context["said"] = [_said(answers, row, at, query.choice.compared[at], tags) for at in pair]
    else:
        assert isinstance(comparison.common, CommonScores)
        context["lines"] = _tag_lines(comparison.common, row, pair, query.threshold, tags)
    return render(request, "training/compare_image.html", project_context(request, project, "performance", **context))


def _neighbors(
    project: Project, query: CompareQuery, place: int, answers: Answers, kind: str, row: int
) -> dict[str, Any]:
    if kind not in list(AnswerChange):
        return {}
    rows = answers.changed(0, place)[AnswerChange(kind)]
    at = rows.index(row) if row in rows else -1
    of = query.choice.compared[place].pk

    def address(index: int) -> str:
        if not (0 <= index < len(rows)) or at < 0:
            return ""
        other = answers.common.image_ids[rows[index]]
        return query.address(project, "compare_image", other, kind=kind, of=of)

    return {
        "previous": address(at - 1),
        "next": address(at + 1),
        "place": at + 1,
        "count": len(rows),
        "kind_title": ANSWER_TITLES[AnswerChange(kind)],
        "list_address": query.address(project, "compare_images", kind=kind, of=of),
    }


def _said(answers: DetectorAnswers, row: int, place: int, iteration: Iteration, tags: Mapping[UUID, PageTag]) -> Said:
    truth, found = answers.common.truth[row], answers.on_image(row, place)
    known = [tags.get(tag.tag_id) for tag in answers.common.tags]
    boxes = [
        _box(corners, known[tag], "truth", "" if is_found else f"{answers.common.tags[tag].name} missed")
        for corners, tag, is_found in zip(
            truth.corners.tolist(), truth.tags.tolist(), found.is_found.tolist(), strict=True
        )
    ]
    false = set(found.false.tolist())
    for index, (corners, tag, score) in enumerate(
        zip(found.boxes.corners.tolist(), found.boxes.tags.tolist(), found.boxes.scores.tolist(), strict=True)
    ):
        word = f"false {answers.common.tags[tag].name} {score:.0%}" if index in false else f"{score:.0%}"
        boxes.append(_box(corners, known[tag], "predicted", word))
    missed = len(found.is_found) - int(found.is_found.sum())
    words = f"missed {missed}, {len(false)} false" if missed or false else "all right"
    return Said(iteration, tuple(boxes), words)


def _box(corners: Sequence[float], tag: PageTag | None, look: str, word: str) -> SaidBox:
    left, top, right, bottom = (min(1.0, max(0.0, corner)) * 100 for corner in corners)
    color = tag.color if tag else NO_COLOR
    return SaidBox(color, look, f"{left:.2f}", f"{top:.2f}", f"{right - left:.2f}", f"{bottom - top:.2f}", word)


def _tag_lines(
    common: CommonScores, row: int, pair: tuple[int, int], threshold: float, tags: Mapping[UUID, PageTag]
) -> list[TagLine]:
    """The image's own tags first, then what either iteration finds most probable."""
    scores = [common.probabilities[place][row] for place in pair]
    truth = common.truth[row]
    order = sorted(range(len(common.tags)), key=lambda tag: (not truth[tag], -max(float(each[tag]) for each in scores)))
    return [
        TagLine(
            common.tags[tag].name,
            tags.get(common.tags[tag].tag_id),
            bool(truth[tag]),
            tuple((float(each[tag]), bool((each[tag] >= each.dtype.type(threshold)) == truth[tag])) for each in scores),
        )
        for tag in order[:TAGS_SHOWN]
    ]
