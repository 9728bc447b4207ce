"""The Performance page: iterations, what one is worth, what to do with it."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from labeling.locked_test_set import images_in_test_set
from labeling.models import Snapshot
from labeling.tag_keys import frozen_tags
from portal.domains import DOMAINS, DomainType
from portal.jobs.models import Job, JobState
from portal.models import ClassificationType, Project
from portal.pages.access import PageRequest, dialog_done, page
from portal.pages.project_bar import project_context, rights_by_name
from portal.permissions import Right
from portal.projects import project_domain
from training.curve import curve_of
from training.estimate import duration_words
from training.iterations import delete_iteration, get_iteration, project_iterations, rename_iteration
from training.judged import JudgedOn
from training.locked_test.scoring import ScoringState, ask_for_scores, scoring_progress
from training.models import UNFINISHED_STATES, Iteration, IterationState, PublishedName
from training.pages.failure_acts import failure_acts
from training.pages.performance_figures import histogram_bars, ring, sums_record
from training.pages.performance_query import PerformanceQuery, read_performance_query
from training.pages.training_curve import draw_curve
from training.report import iteration_report
from training.report_parts import Measure
from training.sampling import sampling_of, sampling_words
from training.starting import TrainingRequest, refusal_to_train
from training.statistics.answers import FEWEST_IMAGES
from training.statistics.ratios import Share

# Key, name and meaning of the figures.
TAG_WORDS = (
    ("precision", "Precision", "Of the tags it gave, how many are right"),
    ("recall", "Recall", "Of the tags that belong there, how many it gave"),
    ("f1", "F1", "Both at this threshold, the lower one more"),
    ("ap", "mAP", "Both over every threshold, averaged over the tags"),
)
BOX_WORDS = (
    ("precision", "Precision", "Of the boxes it drew, how many are right"),
    ("recall", "Recall", "Of the boxes that are there, how many it found"),
    ("f1", "F1", "Both at this threshold, the lower one more"),
    ("ap", "mAP", "Both over every threshold, averaged over the tags"),
)
TAG_COLUMNS = (
    ("precision", "Precision"),
    ("recall", "Recall"),
    ("f1", "F1"),
    ("ap", "AP"),
    ("right", "Right"),
    ("false", "False"),
    ("missed", "Missed"),
    ("images", "Images"),
)
CURVE_HEADS = ("Threshold", "Precision", "Recall", "F1", "Cost", "Right", "False", "Missed")


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
def locked_test_progress(request: PageRequest, project: Project, iteration_id: UUID) -> HttpResponse:
    """How far the locked test set is scored; asks the page to load again once it is."""
    iteration = get_iteration(project, iteration_id)
    (progress,) = scoring_progress([iteration])
    if progress.state not in (ScoringState.WAITING, ScoringState.RUNNING):
        answer = HttpResponse(status=204)
        answer["HX-Refresh"] = "true"
        return answer
    context = {"project": project, "iteration": iteration, "progress": progress}
    return render(request, "training/performance_scoring.html", context)


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
    query = read_performance_query(request.GET)
    context: dict[str, Any] = {
        "iterations": [(one, DOMAINS[one.domain_id].name) for one in iterations],
        "iteration": iteration,
        "threshold_percent": query.threshold_percent,
        "overlap_percent": query.overlap_percent,
        "is_detection": project_domain(project).type is DomainType.OBJECT_DETECTION,
    }
    if iteration is None:
        may_train = request.actor.may(Right.TRAIN, project)
        context["blocked"] = refusal_to_train(request.actor, project, TrainingRequest()) if may_train else None
    else:
        context |= _facts(iteration)
        context["training_curve"] = draw_curve(curve_of(iteration))
        if iteration.state == IterationState.COMPLETED:
            context |= _figures(request, iteration, query)
        elif iteration.state in UNFINISHED_STATES:
            context |= _progress_context(iteration)
        else:
            may_train = request.actor.may(Right.TRAIN, project)
            context["failure_acts"] = failure_acts(iteration, may_train=may_train)
    answer = project_context(request, project, "performance", **context)
    return render(request, "training/performance.html", answer)


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


def _figures(request: PageRequest, iteration: Iteration, query: PerformanceQuery) -> dict[str, Any]:
    locked = _locked_test(iteration, query)
    report = iteration_report(request.actor, iteration, query.threshold_percent, query.overlap_percent, query.judged_on)
    is_detector = report.overlap_percent is not None
    overall = report.overall
    measures: tuple[Measure | Share, ...] = (overall.precision, overall.recall, overall.f1, report.sums.mean)
    words = BOX_WORDS if is_detector else TAG_WORDS
    return {
        "report": report,
        "is_detector": is_detector,
        "is_multiclass": iteration.classification_type == ClassificationType.MULTICLASS,
        "is_locked": query.judged_on is JudgedOn.LOCKED,
        "locked_images": images_in_test_set(iteration.project).count(),
        "locked": locked,
        "rings": [(*each, measure, ring(measure)) for each, measure in zip(words, measures, strict=True)],
        "bars": histogram_bars(report.sums.table),
        "matrix_tags": frozen_tags(iteration.project, iteration.pk) if report.sums.confusion is not None else [],
        **_addresses(iteration, query, is_detector=is_detector),
        "fewest_images": FEWEST_IMAGES,
        "tag_columns": TAG_COLUMNS,
        "curve_heads": CURVE_HEADS,
        "curve_percents": range(0, 101, 10),
        "sums": {**sums_record(report.sums), "tags": [str(row.tag.tag_id) for row in report.rows]},
    }


def _addresses(iteration: Iteration, query: PerformanceQuery, *, is_detector: bool) -> dict[str, Any]:
    """`address` goes to the end of an address with a query; the others lead to what was wrong."""
    errors = reverse("errors", args=[iteration.project_id, iteration.pk])
    address = f"&threshold={query.threshold_percent}"
    address += f"&overlap={query.overlap_percent}" if is_detector else ""
    judged = f"&judged={query.judged_on}" if query.judged_on is JudgedOn.LOCKED else ""
    return {
        "address": address + judged,
        "errors_address": f"{errors}?{(address + judged).removeprefix('&')}",
        "judged_address": judged,
    }


def _locked_test(iteration: Iteration, query: PerformanceQuery) -> dict[str, Any] | None:
    """How far the locked test set is scored, where it is asked for; what is missing is started."""
    if query.judged_on is not JudgedOn.LOCKED:
        return None
    (progress,) = scoring_progress([iteration])
    if progress.state == ScoringState.OPEN:
        ask_for_scores([iteration])
        (progress,) = scoring_progress([iteration])
    return {"progress": progress, "is_busy": progress.state in (ScoringState.WAITING, ScoringState.RUNNING)}


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
