"""Projects as cards show them: the same number of queries for one as for a hundred."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.db.models import Count, F, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce, Greatest

from labeling.files import thumbnail_name
from labeling.models import Image, ImageTag, Tag, TagType
from portal.actors import Actor
from portal.domains import DOMAINS, DomainType
from portal.imports import IMPORT_JOB
from portal.limits import CLASSIFICATION_IMAGES_PER_TAG, CLASSIFICATION_MINIMUM_TAGS, DETECTION_IMAGES_PER_TAG
from portal.models import AuditEntry, ClassificationType, Job, Project, ProjectStatus
from portal.permissions import Right
from portal.projects import visible_projects
from portal.signed_files import signed_path
from training.models import UNFINISHED_STATES, Iteration, IterationState

PICTURES = 3


class Order(StrEnum):
    CHANGED = "changed"
    NAME = "name"
    IMAGES = "images"


@dataclass(frozen=True)
class CardState:
    """How far a project is: one word with its tone and icon, and the line beside it."""

    word: str
    line: str
    tone: str = ""
    icon: str = ""
    percent: float | None = None  # 0..100 while it trains or is imported


@dataclass(frozen=True)
class ProjectCard:
    """What a card needs; `pictures` are addresses."""

    project: Project
    pictures: Sequence[str]
    type_words: str
    image_count: int
    tag_count: int
    state: CardState
    may_delete: bool


def type_words(project: Project) -> str:
    """A project's type as people say it."""
    if DOMAINS[project.domain_id].type is DomainType.OBJECT_DETECTION:
        return "Object detection"
    if project.classification_type == ClassificationType.MULTICLASS:
        return "Classification, one tag an image"
    return "Classification, several tags an image"


def found_projects(actor: Actor, search: str, order: Order) -> QuerySet[Any]:
    """The actor's projects whose name or description holds the words, with counts and pictures, in that order."""
    projects = visible_projects(actor).select_related("resource")
    for word in search.split():
        projects = projects.filter(name__icontains=word) | projects.filter(description__icontains=word)
    images = Image.objects.filter(project=OuterRef("pk"), removed__isnull=True)
    newest = images.order_by("-created", "pk").values("sha256")
    counted = images.order_by().values("project").annotate(count=Count("pk")).values("count")
    tags = Tag.objects.filter(project=OuterRef("pk")).order_by().values("project")
    acts = AuditEntry.objects.filter(project_id=OuterRef("pk")).order_by("-pk").values("time")[:1]
    annotated = projects.annotate(
        image_count=Coalesce(Subquery(counted, output_field=IntegerField()), 0),
        tag_count=Coalesce(Subquery(tags.annotate(count=Count("pk")).values("count")), 0),
        changed=Greatest(Coalesce(Subquery(acts), F("created")), F("created")),
        **{f"picture_{number}": Subquery(newest[number : number + 1]) for number in range(PICTURES)},
    )
    orders = {Order.NAME: ("name", "pk"), Order.IMAGES: ("-image_count", "name"), Order.CHANGED: ("-changed", "pk")}
    return annotated.order_by(*orders[order])


def project_cards(actor: Actor, projects: Sequence[Any]) -> list[ProjectCard]:
    """Cards of projects that `found_projects` found (two or three queries)."""
    states = _states(projects)
    return [
        ProjectCard(
            project=project,
            pictures=[
                signed_path(thumbnail_name(project.pk, sha256))
                for number in range(PICTURES)
                if (sha256 := getattr(project, f"picture_{number}"))
            ],
            type_words=type_words(project),
            image_count=project.image_count,
            tag_count=project.tag_count,
            state=states[project.pk],
            may_delete=actor.may(Right.MANAGE_PROJECTS, project),
        )
        for project in projects
    ]


def _states(projects: Sequence[Any]) -> dict[UUID, CardState]:
    iterations: defaultdict[UUID, list[Iteration]] = defaultdict(list)
    rows = Iteration.objects.filter(project__in=projects, deleted__isnull=True).select_related("job", "published_name")
    for iteration in rows.defer("error", "notification_email").order_by("-number"):
        iterations[iteration.project_id].append(iteration)
    whole = [project for project in projects if project.status == ProjectStatus.SUCCEEDED]
    untrained = [project for project in whole if not iterations[project.pk]]
    short = _short_of_images([project for project in untrained if project.tag_count])
    states = {
        project.pk: _trained_state(iterations[project.pk])
        if iterations[project.pk]
        else _untrained_state(project, short.get(project.pk, 0))
        for project in whole
    }
    return states | _import_states([project for project in projects if project.status != ProjectStatus.SUCCEEDED])


def _import_states(projects: Sequence[Project]) -> dict[UUID, CardState]:
    """Of projects that are being imported, or could not be (one query where there are such)."""
    if not projects:
        return {}
    jobs = Job.objects.filter(kind=IMPORT_JOB, project_id__in=[project.pk for project in projects])
    percents = dict(jobs.order_by("created").values_list("project_id", "percent"))  # the newest counts
    return {
        project.pk: CardState("Import failed", project.failure, "bad", "alert")
        if project.status == ProjectStatus.FAILED
        else _importing_state(percents.get(project.pk, 0))
        for project in projects
    }


def _importing_state(percent: float) -> CardState:
    return CardState(f"Importing, {percent:.0f}%", "A copy in the making", "live", percent=percent)


def _trained_state(iterations: Sequence[Iteration]) -> CardState:
    latest = iterations[0]
    if latest.state in UNFINISHED_STATES:
        job = latest.job
        if latest.state == IterationState.QUEUED or job is None:
            return CardState("In the queue", latest.name, "live", percent=0)
        left = f", {time_left(job.seconds_left)} left" if job.seconds_left is not None else ""
        return CardState(f"Training, {job.percent:.0f}%", f"{latest.name}{left}", "live", percent=job.percent)
    if latest.state == IterationState.FAILED:
        return CardState("Training failed", latest.name, "bad", "alert")
    trained = next((each for each in iterations if each.state == IterationState.COMPLETED), None)
    if trained is None:
        return CardState("Not trained", "The training was cancelled")
    published = next((each for each in iterations if hasattr(each, "published_name")), None)
    shown = published or trained
    held_out = shown.result.get("held_out") or {}
    measure = "mAP" if "mean_average_precision" in held_out else "AP"
    precision = held_out.get("mean_average_precision" if measure == "mAP" else "average_precision")
    line = shown.name if precision is None else f"{shown.name}, {measure} {precision * 100:.1f}"
    return CardState("Published", line, "ok", "check") if published else CardState("Trained", line)


def _untrained_state(project: Any, short: int) -> CardState:
    if not project.image_count:
        return CardState("Empty", "Add the first images")
    is_detection = _is_detection(project)
    if is_detection and not project.tag_count:
        return CardState("Needs tags", "Make a tag, then draw boxes", "warn", "alert")
    if not is_detection and project.tag_count < CLASSIFICATION_MINIMUM_TAGS:
        return CardState("Needs tags", f"Training takes {CLASSIFICATION_MINIMUM_TAGS} tags", "warn", "alert")
    if short:
        words = "1 tag has" if short == 1 else f"{short} tags have"
        if is_detection:
            line = f"{words} boxes on fewer than {DETECTION_IMAGES_PER_TAG} images"
            return CardState("Needs boxes", line, "warn", "alert")
        return CardState("Needs images", f"{words} fewer than {CLASSIFICATION_IMAGES_PER_TAG} images", "warn", "alert")
    return CardState("Not trained", "Ready to train")


def _is_detection(project: Project) -> bool:
    return DOMAINS[project.domain_id].type is DomainType.OBJECT_DETECTION


def _short_of_images(projects: Sequence[Project]) -> dict[UUID, int]:
    """How many tags of each project are on too few images (two queries)."""
    if not projects:
        return {}
    needed = {
        each.pk: DETECTION_IMAGES_PER_TAG if _is_detection(each) else CLASSIFICATION_IMAGES_PER_TAG for each in projects
    }
    on_images = ImageTag.objects.filter(tag__project__in=projects, removed__isnull=True, image__removed__isnull=True)
    counts = dict(on_images.order_by().values_list("tag").annotate(count=Count("pk")))
    short: defaultdict[UUID, int] = defaultdict(int)
    tags = Tag.objects.filter(project__in=projects).exclude(type=TagType.NEGATIVE)
    for tag_id, project_id in tags.values_list("pk", "project_id"):
        short[project_id] += counts.get(tag_id, 0) < needed[project_id]
    return short


def time_left(seconds: float) -> str:
    """About how long, in the unit that people would use."""
    if seconds < 60:
        return f"{max(1, round(seconds))} s"
    return f"{round(seconds / 60)} min"
