"""The Compare page: iterations side by side, on images that none of them has seen."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render

from labeling.gallery import GalleryImage, gallery_images
from labeling.tag_keys import PageTag, project_tags
from portal.models import ClassificationType, Project
from portal.pages.access import PageRequest, page
from portal.pages.project_bar import project_context
from portal.permissions import Right
from training.comparing.answers import AnswerChange
from training.comparing.comparison import FEWEST_IMAGES, WANTED_IMAGES, Comparison, compare
from training.comparing.data_changes import DataChange, data_changes
from training.comparing.recipe import recipe_table
from training.comparing.sentence import measure_names
from training.models import Iteration
from training.pages.compare_figures import verdicts
from training.pages.compare_query import CompareQuery, read_compare_query
from training.pages.compare_scores import scoring_context
from training.pages.compare_tiles import Tile, answer_tile
from training.performance import is_detection
from training.report import iteration_report

TILES_SHOWN = 4
TITLES = {
    AnswerChange.NOW_RIGHT: "Now right",
    AnswerChange.NOW_WRONG: "Now wrong",
    AnswerChange.FEWER: "Fewer mistakes",
    AnswerChange.MORE: "More mistakes",
}
ICONS = {
    DataChange.ADDED: "plus",
    DataChange.LOCKED: "lock",
    DataChange.REMOVED: "trash",
    DataChange.RELABELED: "tag",
    DataChange.BOXES_ADDED: "box",
    DataChange.BOXES_REMOVED: "box",
    DataChange.BOXES_MOVED: "hand",
    DataChange.BOXES_RETAGGED: "tag",
    DataChange.NO_OBJECTS: "no-objects",
    DataChange.OBJECTS_AGAIN: "no-objects",
}


@dataclass(frozen=True)
class AnswerPart:
    """Images whose answer changed in one way: the first of them, and where all are."""

    title: str
    count: int
    tiles: tuple[Tile, ...]
    address: str


@dataclass(frozen=True)
class DataLine:
    """A kind of change in the data, with its page."""

    icon: str
    what: str
    detail: str
    address: str


@dataclass(frozen=True)
class Pair:
    """What is said of one iteration against the first."""

    iteration: Iteration
    answers: tuple[tuple[AnswerPart, ...], ...]
    data: tuple[DataLine, ...]


@page(Right.VIEW)
def compare_page(request: PageRequest, project: Project) -> HttpResponse:
    """`?before=&after=&also=&threshold=&overlap=&all=`; without iterations, the newest with the published one."""
    query = read_compare_query(project, request.GET)
    context: dict[str, Any] = {"query": query, "choice": query.choice}
    if query.choice.compared:
        context |= _compared(project, query)
    return render(request, "training/compare.html", project_context(request, project, "performance", **context))


@page(Right.VIEW)
def cross_validated(request: PageRequest, project: Project) -> HttpResponse:
    """Each iteration's own held-out figures, side by side and not compared: they come from different images."""
    query = read_compare_query(project, request.GET)
    iterations = query.choice.compared
    is_boxes = bool(iterations) and is_detection(iterations[0])
    reports = [
        iteration_report(request.actor, each, query.threshold_percent, query.overlap_percent) for each in iterations
    ]
    names = measure_names(is_detection=is_boxes)
    context = {
        "project": project,
        "iterations": iterations,
        "judged": [report.judged_images for report in reports],
        "rows": [
            (names["f1"], [report.overall.f1 for report in reports]),
            (names["ap"], [report.sums.mean for report in reports]),
            (names["recall"], [report.overall.recall for report in reports]),
            (names["precision"], [report.overall.precision for report in reports]),
        ],
        "query": query,
    }
    return render(request, "training/compare_cross_validated.html", context)


def _compared(project: Project, query: CompareQuery) -> dict[str, Any]:
    iterations = query.choice.compared
    is_boxes = is_detection(iterations[0])
    comparison = compare(iterations, query.threshold, query.overlap)
    scoring = scoring_context(project, query, comparison.common.waiting)
    is_ready = bool(comparison.differences) and not scoring["is_waiting"]
    return {
        "is_detection": is_boxes,
        "comparison": comparison,
        "fewest": FEWEST_IMAGES,
        "wanted": WANTED_IMAGES,
        "is_ready": is_ready,
        "verdicts": verdicts(
            comparison,
            is_detection=is_boxes,
            has_accuracy=all(each.classification_type == ClassificationType.MULTICLASS for each in iterations),
            shows_all=query.shows_all,
        )
        if is_ready
        else None,
        "pairs": _pairs(project, query, comparison if is_ready else None),
        "recipe": recipe_table(iterations),
        "addresses": {
            "all": query.address(project, all=1),
            "some": query.address(project),
            "cross_validated": query.address(project, "compare_cross_validated"),
        },
        **scoring,
    }


def _pairs(project: Project, query: CompareQuery, comparison: Comparison | None) -> list[Pair]:
    """Of each iteration but the first; answers only where there is a comparison."""
    data = data_changes(query.choice.compared)
    images = _first_images(project, comparison) if comparison else {}
    tags = {tag.id: tag for tag in project_tags(project)} if comparison else {}
    return [
        Pair(
            iteration,
            _answer_parts(project, query, comparison, place, images, tags) if comparison else (),
            tuple(
                DataLine(
                    ICONS[each.kind],
                    each.what,
                    each.detail,
                    query.address(project, "compare_images", kind=each.kind, of=iteration.pk),
                )
                for each in changed
            ),
        )
        for place, (iteration, changed) in enumerate(zip(query.choice.others, data, strict=True), 1)
    ]


def _first_images(project: Project, comparison: Comparison) -> dict[UUID, GalleryImage]:
    """The images of all tiles, read together so that more iterations ask no more queries."""
    wanted = {
        comparison.common.image_ids[row]
        for place in range(1, len(comparison.iterations))
        for rows in comparison.answers.changed(0, place).values()
        for row in rows[:TILES_SHOWN]
    }
    return {image.id: image for image in gallery_images(project, list(wanted))}


def _answer_parts(
    project: Project,
    query: CompareQuery,
    comparison: Comparison,
    place: int,
    images: dict[UUID, GalleryImage],
    tags: dict[UUID, PageTag],
) -> tuple[tuple[AnswerPart, ...], ...]:
    """Two columns, for better and for worse; each with what is right or wrong altogether, then what moved a little."""
    changed = comparison.answers.changed(0, place)
    iteration = comparison.iterations[place]

    def part(kind: AnswerChange) -> AnswerPart:
        ids = [comparison.common.image_ids[row] for row in changed[kind]]
        tiles = tuple(
            answer_tile(
                images[each],
                query.address(project, "compare_image", each, kind=kind, of=iteration.pk),
                comparison.answers,
                (0, place),
                tags,
            )
            for each in ids[:TILES_SHOWN]
            if each in images
        )
        address = query.address(project, "compare_images", kind=kind, of=iteration.pk)
        return AnswerPart(TITLES[kind], len(ids), tiles, address)

    def column(whole: AnswerChange, partly: AnswerChange) -> tuple[AnswerPart, ...]:
        first, second = part(whole), part(partly)
        return (first, second) if second.count else (first,)

    return (
        column(AnswerChange.NOW_RIGHT, AnswerChange.FEWER),
        column(AnswerChange.NOW_WRONG, AnswerChange.MORE),
    )
