"""Parts of the Performance page that are asked for by themselves: another overlap, thresholds by tag, the table."""

import csv
from collections.abc import Mapping
from uuid import UUID

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.text import slugify

from labeling.tag_keys import frozen_tags
from portal.errors import Refusal
from portal.models import Project
from portal.pages.access import PageRequest, dialog_done, page
from portal.permissions import Right
from training.iterations import get_iteration
from training.judged import JudgedBoxes, judged
from training.models import Iteration, PublishedName
from training.name_thresholds import set_thresholds
from training.pages.performance_figures import sums_record
from training.pages.performance_query import read_performance_query
from training.performance import is_detection
from training.report import iteration_report
from training.report_parts import Measure
from training.slider_sums import slider_sums
from training.statistics.ratios import Share
from training.thresholds import Aim, SuggestedBy, as_thresholds, suggested_thresholds

CSV_HEADS = (
    "tag", "training images", "judged", "right", "false", "missed",
    "precision", "precision low", "precision high", "recall", "recall low", "recall high",
    "F1", "F1 low", "F1 high", "AP", "AP low", "AP high",
)  # fmt: skip


@page(Right.VIEW)
def performance_at_overlap(request: PageRequest, project: Project, iteration_id: UUID) -> HttpResponse:
    """A detector's figures at `?overlap=` percent; with `&intervals=1` also AP intervals, which cost more."""
    query = read_performance_query(request.GET)
    source = judged(get_iteration(project, iteration_id), query.judged_on)
    if not isinstance(source, JudgedBoxes):
        raise Refusal("NotFound", "Only detectors have an overlap.")
    with_intervals = "intervals" in request.GET
    return JsonResponse(sums_record(slider_sums(source, query.overlap_percent, with_intervals=with_intervals)))


@page(Right.VIEW)
def tags_csv(request: PageRequest, project: Project, iteration_id: UUID) -> HttpResponse:
    """The table by tag as a file, at the address's thresholds; figures 0..1, intervals 95%."""
    iteration = get_iteration(project, iteration_id)
    query = read_performance_query(request.GET)
    report = iteration_report(request.actor, iteration, query.threshold_percent, query.overlap_percent, query.judged_on)
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    at = f"-at-{query.threshold_percent}" + (f"-overlap-{query.overlap_percent}" if report.overlap_percent else "")
    name = f"{slugify(iteration.name) or 'iteration'}-{query.judged_on}{at}.csv"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    writer = csv.writer(answer)
    writer.writerow(CSV_HEADS)
    for row in report.rows:
        counts = row.judgment
        writer.writerow(
            [
                as_text(row.tag.name), row.tag.image_count, counts.judged, counts.right, counts.false, counts.missed,
                *_numbers(counts.precision), *_numbers(counts.recall), *_numbers(counts.f1),
                *_numbers(row.average_precision),
            ]
        )  # fmt: skip
    return answer


def as_text(name: str) -> str:
    """A name that a spreadsheet takes for a name, and not for a formula."""
    return f"'{name}" if name.startswith(("=", "+", "-", "@", "\t", "\r")) else name


def _numbers(measure: Measure | Share) -> list[str]:
    values = [measure.value, *(measure.interval or (None, None))]
    return ["" if value is None else f"{value:.4f}" for value in values]


@page(Right.VIEW)
def thresholds(request: PageRequest, project: Project, iteration_id: UUID) -> HttpResponse:
    """Thresholds by tag, suggested by `?by=f1` or `?by=cost&miss=&false=`."""
    iteration = get_iteration(project, iteration_id)
    return _thresholds_part(request, iteration, request.GET)


@page(Right.PUBLISH, methods=("POST",))
def put_thresholds(request: PageRequest, project: Project, iteration_id: UUID) -> HttpResponse:
    """Put what is suggested on the published name of the iteration; with `remove=1`, take its thresholds away."""
    iteration = get_iteration(project, iteration_id)
    published = PublishedName.objects.filter(iteration=iteration).select_related("project", "iteration").first()
    if published is None:
        raise Refusal("BadRequestIterationNotPublished", f"{iteration.name} is not published: publish it first.")
    query = read_performance_query(request.POST)
    chosen = {}
    if "remove" not in request.POST:
        suggested = suggested_thresholds(request.actor, iteration, read_aim(request.POST), query.overlap_percent)
        chosen = as_thresholds(suggested)
    set_thresholds(request.actor, published, chosen)
    if request.headers.get("HX-Request"):
        return _thresholds_part(request, iteration, request.POST)
    return dialog_done(request)


def _thresholds_part(request: PageRequest, iteration: Iteration, form: Mapping[str, str]) -> HttpResponse:
    query = read_performance_query(form)
    refusal = None
    aim, suggested = Aim(), []
    try:
        aim = read_aim(form)
        suggested = suggested_thresholds(request.actor, iteration, aim, query.overlap_percent)
    except Refusal as refused:
        if refused.code != "BadRequest":
            raise
        refusal = refused
    published = PublishedName.objects.filter(iteration=iteration).first()
    carried = published.thresholds if published else {}
    tags = {tag.id: tag for tag in frozen_tags(iteration.project, iteration.pk)}
    context = {
        "project": iteration.project,
        "iteration": iteration,
        "aim": aim,
        "form": form,
        "refusal": refusal,
        "rows": [(each, tags.get(each.tag.tag_id), carried.get(str(each.tag.tag_id))) for each in suggested],
        "published": published,
        "carries": len(carried),
        "is_carried": bool(carried)
        and carried == {str(tag_id): value for tag_id, value in as_thresholds(suggested).items()},
        "may_publish": request.actor.may(Right.PUBLISH, iteration.project),
        "is_detector": is_detection(iteration),
        "overlap_percent": query.overlap_percent,
    }
    return render(request, "training/performance_thresholds.html", context)


def read_aim(form: Mapping[str, str]) -> Aim:
    """The aim of `by`, `miss` and `false`. Raises Refusal `BadRequest`."""
    by = SuggestedBy.COST if form.get("by") == SuggestedBy.COST else SuggestedBy.F1
    default = Aim()
    return Aim(
        by,
        miss_cost=_cost(form.get("miss", ""), default.miss_cost),
        false_cost=_cost(form.get("false", ""), default.false_cost),
    )


def _cost(text: str, default: float) -> float:
    try:
        return float(text) if text.strip() else default
    except ValueError:
        raise Refusal("BadRequest", "A cost is a number, such as 10: correct it.") from None
