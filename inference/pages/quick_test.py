"""Quick Test: one picture through a trained iteration, in the browser."""

from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.shortcuts import render

from inference.files import resized_name
from inference.image_bodies import read_image, read_url
from inference.image_urls import fetch_image
from inference.pages.drawn_box import drawn_box
from inference.quick_test import choose_iteration, quick_test
from labeling.files import resized_name as training_picture
from labeling.files import thumbnail_name
from labeling.models import Image, ImageTag
from labeling.pages.header_csrf import csrf_from_header
from labeling.tag_keys import PageTag, project_tags
from portal.domains import DomainType
from portal.errors import Refusal
from portal.limits import TRAINING_IMAGE_BYTES
from portal.models import Project
from portal.pages.access import PageRequest, page
from portal.pages.project_bar import project_context
from portal.permissions import Right
from portal.projects import project_domain
from portal.signed_files import signed_path
from training.iterations import project_iterations
from training.models import IterationState
from training.performance import is_detection

OFFERED_IMAGES = 6


@page(Right.TRAIN)
def quick_test_page(request: PageRequest, project: Project) -> HttpResponse:
    trained = list(project_iterations(project).filter(state=IterationState.COMPLETED))
    wanted = request.GET.get("iteration", "")
    chosen = next((each for each in trained if str(each.pk) == wanted), trained[0] if trained else None)
    tagged = ImageTag.objects.filter(removed__isnull=True).values("image")
    open_images = Image.objects.filter(project=project, removed__isnull=True, has_no_objects=False)
    untagged = open_images.exclude(pk__in=tagged).order_by("-created")
    offered = [
        (signed_path(thumbnail_name(project.pk, sha256)), signed_path(training_picture(project.pk, sha256)), name)
        for sha256, name in untagged.values_list("sha256", "source_name")[:OFFERED_IMAGES]
    ]
    context = project_context(
        request,
        project,
        "quick_test",
        iterations=trained,
        chosen=chosen,
        published=getattr(chosen, "published_name", None),
        offered=offered if chosen else [],
        endpoint=settings.SIGHTLINE_PUBLIC_URL,
        most_megabytes=TRAINING_IMAGE_BYTES // 1024**2,
        is_detector=project_domain(project).type is DomainType.OBJECT_DETECTION,
    )
    return render(request, "inference/quick_test.html", context)


@csrf_from_header
@page(Right.TRAIN, methods=("POST",))
def quick_test_image(request: PageRequest, project: Project) -> HttpResponse:
    """The picture as a form's file or as the bare bytes; `?iteration=`. Answers with the result's markup."""
    iteration_id = _iteration_id(request)
    choose_iteration(request.actor, project, iteration_id)
    try:
        image = read_image(request, _length(request), request.META.get("CONTENT_TYPE", ""), TRAINING_IMAGE_BYTES)
    except UnreadablePostError as error:
        raise Refusal("BadRequestImageStream", "The picture did not arrive whole. Try again.") from error
    return _tested(request, project, iteration_id, image)


@csrf_from_header
@page(Right.TRAIN, methods=("POST",))
def quick_test_address(request: PageRequest, project: Project) -> HttpResponse:
    """The picture behind an address: `{"url": ...}`; `?iteration=`."""
    iteration_id = _iteration_id(request)
    choose_iteration(request.actor, project, iteration_id)
    try:
        url = read_url(request, _length(request), request.META.get("CONTENT_TYPE", ""))
    except UnreadablePostError as error:
        raise Refusal("BadRequest", "The address did not arrive whole. Try again.") from error
    return _tested(request, project, iteration_id, fetch_image(url, TRAINING_IMAGE_BYTES))


def _tested(request: PageRequest, project: Project, iteration_id: UUID | None, image: bytes) -> HttpResponse:
    iteration = choose_iteration(request.actor, project, iteration_id)
    test = quick_test(request.actor, iteration, image, is_stored=True)
    tags: dict[str, PageTag] = {str(tag.id): tag for tag in project_tags(project)}
    rows = [(tags.get(each.id), each.name, each.probability) for each in test.ranked]
    context = {
        "is_detector": is_detection(iteration),
        "boxes": [drawn_box(each, tags.get(each.id)) for each in test.ranked if each.box],
        "project": project,
        "iteration": iteration,
        "rows": rows,
        "picture": signed_path(resized_name(project.pk, test.id)),
    }
    return render(request, "inference/quick_test_result.html", context)


def _iteration_id(request: HttpRequest) -> UUID | None:
    text = request.GET.get("iteration", "")
    try:
        return UUID(text) if text else None
    except ValueError:
        raise Refusal("NotFoundIteration", "This project has no such iteration.") from None


def _length(request: HttpRequest) -> int:
    return int(request.META.get("CONTENT_LENGTH") or 0)
