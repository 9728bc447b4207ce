"""The Performance page: iterations, what one is worth, what to do with it."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse

from labeling.models import Snapshot
from portal.domains import DOMAINS, DomainType
from portal.errors import Refusal
from portal.jobs.models import Job, JobState
from portal.models import Project
from portal.pages.access import PageRequest, dialog_done, page
from portal.pages.project_bar import project_context, rights_by_name
from portal.permissions import Right
from portal.projects import project_domain
from training.curve import curve_of
from training.detection_report import overlap_figures
from training.estimate import duration_words
from training.iterations import delete_iteration, get_iteration, project_iterations, rename_iteration
from training.models import UNFINISHED_STATES, Iteration, IterationState, PublishedName
from training.pages.failure_acts import failure_acts
from training.pages.performance_figures import curve_path, histogram_bars, overlap_record, ring
from training.pages.training_curve import draw_curve
from training.performance import is_detection, require_trained
from training.report import DEFAULT_OVERLAP_PERCENT, iteration_report
from training.sampling import sampling_of, sampling_words
from training.starting import TrainingRequest, refusal_to_train

DEFAULT_THRESHOLD_PERCENT = 50
# Key, name and meaning of the three figures.
TAG_WORDS = (
    ("precision", "Precision", "Of the tags it gave, how many are right"),
    ("recall", "Recall", "Of the tags that belong there, how many it gave"),
    ("ap", "AP", "Both, over every threshold"),
)
BOX_WORDS = (
    ("precision", "Precision", "Of the boxes it drew, how many are right"),
    ("recall", "Recall", "Of the boxes that are there, how many it found"),
    ("ap", "mAP", "Both, over every probability, averaged over the tags"),
)


@page(Right.VIEW)
def performance(request: PageRequest, project: Project) -> HttpResponse:
    """The newest iteration, or how to get one."""
    newest = project_iterations(project).first()
    return _page(request, project, newest)


@page(Right.VIEW)
def performance_of(request: PageRequest, project: Project, iteration_id: UUID) -> HttpResponse:
    """One iteration."""
    return _page(request, project, get_iteration(project, iteration_id))


@page(Right.VIEW)
def performance_at_overlap(request: PageRequest, project: Project, iteration_id: UUID) -> HttpResponse:
    """A detector's figures at `?overlap=` percent; with `&intervals=1` also AP intervals, which cost more."""
    iteration = get_iteration(project, iteration_id)
    require_trained(iteration)
    if not is_detection(iteration):
        raise Refusal("NotFound", "Only detectors have an overlap.")
    overlap_percent = _percent(request, "overlap", DEFAULT_OVERLAP_PERCENT)
    figures = overlap_figures(iteration, overlap_percent, with_intervals="intervals" in request.GET)
    return JsonResponse(overlap_record(figures))


@page(Right.VIEW)
def training_progress(request: PageRequest, project: Project, iteration_id: UUID) -> HttpResponse:
    """How far a training is; asks the page to load again once it is over."""
    iteration = get_iteration(project, iteration_id)
    if iteration.state not in UNFINISHED_STATES:
        return dialog_done(request)
    can = rights_by_name(request.actor, project)
    context = {"project": project, "can": can, **_progress_context(iteration)}
    return render(request, "training/progress.html", context)


@page(Right.TRAIN, methods=("GET", "POST"))
def rename(request: PageRequest, project: Project, iteration_id: UUID) -> HttpResponse:
    """The dialog to rename an iteration."""
    iteration = get_iteration(project, iteration_id)
    if request.method == "POST":
        rename_iteration(request.actor, iteration, request.POST.get("name", ""))
        return dialog_done(request)
    return render(request, "training/rename_dialog.html", {"project": project, "iteration": iteration})


@page(Right.TRAIN, methods=("GET", "POST"))
def delete(request: PageRequest, project: Project, iteration_id: UUID) -> HttpResponse:
    """The dialog to delete an iteration."""
    iteration = get_iteration(project, iteration_id)
    if request.method == "POST":
        delete_iteration(request.actor, iteration)
        return dialog_done(request, reverse("performance", args=[project.pk]))
    return render(request, "training/delete_dialog.html", {"project": project, "iteration": iteration})


def _page(request: PageRequest, project: Project, iteration: Iteration | None) -> HttpResponse:
    iterations = list(project_iterations(project).select_related("snapshot"))
    context: dict[str, Any] = {
        "iterations": [(one, DOMAINS[one.domain_id].name) for one in iterations],
        "iteration": iteration,
        "threshold_percent": _percent(request, "threshold", DEFAULT_THRESHOLD_PERCENT),
        "overlap_percent": _percent(request, "overlap", DEFAULT_OVERLAP_PERCENT),
        "is_detection": project_domain(project).type is DomainType.OBJECT_DETECTION,
    }
    if iteration is None:
        may_train = request.actor.may(Right.TRAIN, project)
        context["blocked"] = refusal_to_train(request.actor, project, TrainingRequest()) if may_train else None
    else:
        context |= _facts(iteration)
        context["training_curve"] = draw_curve(curve_of(iteration))
        if iteration.state == IterationState.COMPLETED:
            context |= _figures(request, iteration, context["threshold_percent"], context["overlap_percent"])
        elif iteration.state in UNFINISHED_STATES:
            context |= _progress_context(iteration)
        else:
            may_train = request.actor.may(Right.TRAIN, project)
            context["failure_acts"] = failure_acts(iteration, may_train=may_train)
    answer = project_context(request, project, "performance", **context)
    return render(request, "training/performance.html", answer)


def _percent(request: PageRequest, name: str, default: int) -> int:
    try:
        return min(100, max(0, int(request.GET.get(name, default))))
    except ValueError:
        return default


def _facts(iteration: Iteration) -> dict[str, Any]:
    domain = DOMAINS[iteration.domain_id]
    published: PublishedName | None = getattr(iteration, "published_name", None)
    return {
        "domain": domain,
        "input_size": iteration.result.get("input_size"),
        "notes": iteration.result.get("notes", []),
        "took": duration_words(iteration.training_seconds).removeprefix("about ") if iteration.training_seconds else "",
        "image_count": Snapshot.objects.values_list("image_count", flat=True).get(pk=iteration.pk),
        "published": published,
        "stores": sampling_words(sampling_of(iteration.project_id, published.name)) if published else "",
    }


def _figures(
    request: PageRequest, iteration: Iteration, threshold_percent: int, overlap_percent: int
) -> dict[str, Any]:
    report = iteration_report(request.actor, iteration, threshold_percent, overlap_percent)
    words = BOX_WORDS if report.overlap_percent is not None else TAG_WORDS
    measures = (report.precision, report.recall, report.average_precision)
    return {
        "report": report,
        "is_detector": report.overlap_percent is not None,
        "rings": [(*each, measure, ring(measure)) for each, measure in zip(words, measures, strict=True)],
        "curve": curve_path(report.table),
        "bars": histogram_bars(report.table),
        "slider": {
            **report.table.as_json(),
            "tags": [str(row.tag.tag_id) for row in report.rows],
        },
    }


def _progress_context(iteration: Iteration) -> dict[str, Any]:
    job = iteration.job
    ahead = 0
    if job is not None and job.state == JobState.QUEUED:
        waiting = Job.objects.filter(queue=job.queue, state__in=(JobState.QUEUED, JobState.RUNNING))
        ahead = waiting.filter(created__lt=job.created).count()
    left = duration_words(job.seconds_left) if job is not None and job.seconds_left else ""
    return {
        "iteration": iteration,
        "job": job,
        "ahead": ahead,
        "time_left": left,
        "training_curve": draw_curve(curve_of(iteration)),
    }
