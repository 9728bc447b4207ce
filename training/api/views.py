"""Domains, train, iterations, performance, publish."""

from uuid import UUID

from django.http import HttpResponse, JsonResponse
from rest_framework.request import Request

from labeling.api import image_parameters as query
from labeling.selection import Selection, count_images
from portal.actors import Actor
from portal.domains import DOMAINS
from portal.errors import Refusal
from portal.limits import CallKind
from portal.projects import get_project
from portal.wire.bodies import read_record
from portal.wire.operations import NO_BODY, TRUE, WHOLE_NUMBER, array_of, operation
from portal.wire.parameters import Choice, Flag, Fraction, Text, Whole
from portal.wire.records import answer, answer_count, answer_list
from portal.wire.views import WireView
from training import iterations, publishing
from training.api.records import (
    DomainRecord,
    ImagePerformanceRecord,
    IterationBody,
    IterationPerformanceRecord,
    IterationRecord,
    TrainingParameters,
    domain_record,
    image_performance_record,
    iteration_record,
    performance_record,
)
from training.base_iteration import BaseReference
from training.models import Iteration, TrainingType
from training.performance import (
    DEFAULT_OVERLAP_THRESHOLD,
    DEFAULT_THRESHOLD,
    image_performances,
    iteration_performance,
)
from training.starting import TrainingRequest, train_project

TRAINING_TYPE = Choice("trainingType", "Kind of training.", TrainingType.REGULAR, words=TrainingType.values)
BUDGET = Whole("reservedBudgetInHours", "Ceiling of an Advanced training; 0 means one hour.", 0)
FORCE = Flag("forceTrain", "Train although nothing changed since the last time.", False)
EMAIL = Text("notificationEmailAddress", "Gets a mail when the training ends.", "")
THRESHOLD = Fraction("threshold", "Probability from which a tag counts as predicted.", DEFAULT_THRESHOLD)
OVERLAP = Fraction("overlapThreshold", "IoU from which a box counts as right.", DEFAULT_OVERLAP_THRESHOLD)
PUBLISH_NAME = Text("publishName", "Name in the prediction URL.", "", is_required=True)
PREDICTION_ID = Text("predictionId", "Full id of the prediction resource.", "", is_required=True)
OVERWRITE = Flag("overwrite", "Move the name from another iteration.", False)
OVERRIDE_REASON = Text(
    "overrideReason", "Why the name moves although a publish gate of the project refuses it; kept in its history.", ""
)

PROJECT = "Project: iterations"


def find_iteration(actor: Actor, project_id: UUID, iteration_id: UUID) -> Iteration:
    """The iteration of the path. Raises Refusal `NotFoundProject`, `NotFoundIteration`."""
    return iterations.get_iteration(get_project(actor, project_id), iteration_id)


class DomainsView(WireView):
    @operation("get_domains", "All domains", group="Domains", answers={200: array_of(DomainRecord)})
    def get(self, request: Request) -> HttpResponse:
        return answer_list([domain_record(domain) for domain in DOMAINS.values()])


class DomainView(WireView):
    @operation("get_domain", "One domain", group="Domains", answers={200: DomainRecord}, codes=["NotFoundDomain"])
    def get(self, request: Request, domain_id: UUID) -> HttpResponse:
        domain = DOMAINS.get(domain_id)
        if domain is None:
            raise Refusal("NotFoundDomain", f"There is no domain {domain_id}; get_domains lists them.")
        return answer(domain_record(domain))


class TrainView(WireView):
    call_kind = CallKind.TRAIN

    @operation(
        "train_project",
        "Start a training",
        group=PROJECT,
        answers={200: IterationRecord},
        parameters=[TRAINING_TYPE, BUDGET, FORCE, EMAIL],
        body=TrainingParameters,
        codes=[
            "BadRequestTrainingAlreadyInProgress",
            "BadRequestTrainingNotNeeded",
            "BadRequestClassificationTrainingValidationFailed",
            "BadRequestExceedIterationPerProjectLimit",
            "BadRequestInvalidEmailAddress",
            "BadRequestInvalidIds",
            "BadRequestCustomBaseModelDomainNotCompatible",
            "BadRequestCustomBaseModelIterationStatusNotCompleted",
            "BadRequestNotSupported",
            "NotFoundIteration",
            "NotFoundTag",
        ],
    )
    def post(self, request: Request, project_id: UUID) -> HttpResponse:
        project = get_project(self.actor, project_id)
        parameters = read_record(self.wire, TrainingParameters)
        base = parameters.custom_base_model_info
        wanted = TrainingRequest(
            training_type=TRAINING_TYPE.read(self.wire),
            budget_hours=BUDGET.read(self.wire),
            is_forced=FORCE.read(self.wire),
            notification_email=EMAIL.read(self.wire),
            selected_tags=parameters.selected_tags,
            base=BaseReference(base.project_id, base.iteration_id) if base is not None else None,
        )
        iteration = train_project(self.actor, project, wanted)
        return answer(iteration_record(iteration))


class IterationsView(WireView):
    @operation("get_iterations", "Iterations, newest first", group=PROJECT, answers={200: array_of(IterationRecord)})
    def get(self, request: Request, project_id: UUID) -> HttpResponse:
        project = get_project(self.actor, project_id)
        return answer_list([iteration_record(row) for row in iterations.project_iterations(project)])


class IterationView(WireView):
    @operation(
        "get_iteration", "One iteration", group=PROJECT, answers={200: IterationRecord}, codes=["NotFoundIteration"]
    )
    def get(self, request: Request, project_id: UUID, iteration_id: UUID) -> HttpResponse:
        project = get_project(self.actor, project_id)
        return answer(iteration_record(iterations.get_iteration(project, iteration_id)))

    @operation(
        "update_iteration",
        "Rename an iteration",
        group=PROJECT,
        answers={200: IterationRecord},
        body=IterationBody,
        codes=[
            "BadRequestIterationName",
            "BadRequestIterationNameNotUnique",
            "BadRequestRequiredParamIsNull",
            "NotFoundIteration",
        ],
    )
    def patch(self, request: Request, project_id: UUID, iteration_id: UUID) -> HttpResponse:
        iteration = find_iteration(self.actor, project_id, iteration_id)
        body = read_record(self.wire, IterationBody)
        return answer(iteration_record(iterations.rename_iteration(self.actor, iteration, body.name)))

    @operation(
        "delete_iteration",
        "Delete an iteration, and the images that it alone holds",
        group=PROJECT,
        answers={204: NO_BODY},
        codes=["BadRequestIterationIsPublished", "BadRequestTrainingAlreadyInProgress", "NotFoundIteration"],
    )
    def delete(self, request: Request, project_id: UUID, iteration_id: UUID) -> HttpResponse:
        iteration = find_iteration(self.actor, project_id, iteration_id)
        iterations.delete_iteration(self.actor, iteration)
        return HttpResponse(status=204)


class PerformanceView(WireView):
    @operation(
        "get_iteration_performance",
        "Precision, recall and average precision at a threshold",
        group=PROJECT,
        answers={200: IterationPerformanceRecord},
        parameters=[THRESHOLD, OVERLAP],
        codes=["BadRequestIterationIsNotTrained", "NotFoundIteration"],
    )
    def get(self, request: Request, project_id: UUID, iteration_id: UUID) -> HttpResponse:
        iteration = find_iteration(self.actor, project_id, iteration_id)
        threshold, overlap_threshold = THRESHOLD.read(self.wire), OVERLAP.read(self.wire)
        return answer(performance_record(iteration_performance(self.actor, iteration, threshold, overlap_threshold)))


class ImagePerformancesView(WireView):
    @operation(
        "get_image_performances",
        "Images of an iteration with held-out predictions",
        group=PROJECT,
        answers={200: array_of(ImagePerformanceRecord)},
        parameters=[query.ANY_OF_TAGS, query.ORDER, query.TAKE, query.SKIP],
        codes=["BadRequestIterationIsNotTrained", "BadRequestInvalidIds", "NotFoundIteration"],
    )
    def get(self, request: Request, project_id: UUID, iteration_id: UUID) -> HttpResponse:
        iteration = find_iteration(self.actor, project_id, iteration_id)
        page = image_performances(
            self.actor,
            iteration,
            query.ANY_OF_TAGS.read(self.wire),
            is_oldest_first=query.ORDER.read(self.wire) == "Oldest",
            take=query.TAKE.read(self.wire),
            skip=query.SKIP.read(self.wire),
        )
        return answer_list([image_performance_record(performance) for performance in page])


class ImagePerformanceCountView(WireView):
    @operation(
        "get_image_performance_count",
        "How many images an iteration has",
        group=PROJECT,
        answers={200: WHOLE_NUMBER},
        parameters=[query.ANY_OF_TAGS_TO_COUNT],
        codes=["BadRequestInvalidIds", "NotFoundIteration"],
    )
    def get(self, request: Request, project_id: UUID, iteration_id: UUID) -> HttpResponse:
        project = get_project(self.actor, project_id)
        iteration = iterations.get_iteration(project, iteration_id)
        tag_ids = query.ANY_OF_TAGS_TO_COUNT.read(self.wire)
        return answer_count(count_images(project, Selection(snapshot_id=iteration.pk, tag_ids=tag_ids)))


class PublishView(WireView):
    @operation(
        "publish_iteration",
        "Let an iteration answer under a name",
        group=PROJECT,
        answers={200: TRUE},
        parameters=[PUBLISH_NAME, PREDICTION_ID, OVERWRITE, OVERRIDE_REASON],
        codes=[
            "BadRequestIterationIsNotTrained",
            "BadRequestIterationIsPublished",
            "BadRequestInvalidPublishName",
            "BadRequestInvalidPublishTarget",
            "BadRequestPublishGate",
            "BadRequestRequiredParamIsNull",
            "NotFoundIteration",
        ],
    )
    def post(self, request: Request, project_id: UUID, iteration_id: UUID) -> HttpResponse:
        iteration = find_iteration(self.actor, project_id, iteration_id)
        publishing.publish_iteration(
            self.actor,
            iteration,
            PUBLISH_NAME.read(self.wire),
            PREDICTION_ID.read(self.wire),
            overwrite=OVERWRITE.read(self.wire),
            override_reason=OVERRIDE_REASON.read(self.wire),
        )
        return JsonResponse(True, safe=False)

    @operation(
        "unpublish_iteration",
        "Take an iteration's published name away",
        group=PROJECT,
        answers={204: NO_BODY},
        codes=["BadRequestIterationNotPublished", "NotFoundIteration"],
    )
    def delete(self, request: Request, project_id: UUID, iteration_id: UUID) -> HttpResponse:
        iteration = find_iteration(self.actor, project_id, iteration_id)
        publishing.unpublish_iteration(self.actor, iteration)
        return HttpResponse(status=204)
