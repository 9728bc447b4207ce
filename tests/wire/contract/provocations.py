"""How each code of the API is brought about over HTTP."""

from collections.abc import Callable, Mapping
from typing import Any
from unittest.mock import Mock
from uuid import uuid4

from inference import front
from inference.spool import Spool, SpoolUnavailable
from labeling.models import Image, Tag
from portal import prediction_quota, projects
from portal.domains import GENERAL_DETECTION
from portal.limits import ITERATIONS_PER_PROJECT, PROJECTS_PER_RESOURCE, TAGS_PER_PROJECT
from portal.models import Project, ProjectStatus
from portal.prediction_quota import PredictionQuota
from tests.builders import make_iteration
from tests.inference.serving import png
from tests.pictures import picture
from tests.wire.contract.asker import OCTETS, Asker
from tests.wire.contract.conftest import WatcherInThisThread
from tests.wire.contract.world import Holding
from training.models import GateMeasure, Iteration, PublishGate

LONG = "x" * 300
MEGABYTE = 1024 * 1024


def ids(count: int) -> str:
    return ",".join(str(uuid4()) for _ in range(count))


def settings(**values: Any) -> dict[str, Any]:
    return {"settings": values}


def name_taken(a: Asker) -> Any:
    a.top("POST", "/projects?name=taken")
    return a.top("POST", "/projects?name=taken")


def too_many_projects(a: Asker) -> Any:
    resource = a.house.ours.training
    names = (f"p{number}" for number in range(PROJECTS_PER_RESOURCE))
    Project.objects.bulk_create(Project(resource=resource, name=each, domain_id=GENERAL_DETECTION) for each in names)
    return a.top("POST", "/projects?name=more")


def half_imported(a: Asker) -> Any:
    Project.objects.filter(pk=a.c.project).update(status=ProjectStatus.IMPORTING)
    return a.on(a.c, "POST", "/tags?name=new")


def second_tag_of(held: Callable[[Asker], Holding], type: str) -> Callable[[Asker], Any]:
    def twice(a: Asker) -> Any:
        a.on(held(a), "POST", f"/tags?name=one&type={type}")
        return a.on(held(a), "POST", f"/tags?name=two&type={type}")

    return twice


def too_many_tags(a: Asker) -> Any:
    numbers = range(100, 100 + TAGS_PER_PROJECT)
    Tag.objects.bulk_create(Tag(project_id=a.c.project, name=f"t{each}", position=each) for each in numbers)
    return a.on(a.c, "POST", "/tags?name=more")


def negative_beside_another(a: Asker) -> Any:
    negative = a.on(a.c, "POST", "/tags?name=none&type=Negative").json()["id"]
    return a.on(a.c, "POST", "/images/tags", {"tags": [{"imageId": a.c.image, "tagId": negative}]})


def negative_in_a_detector(a: Asker) -> Any:
    Tag.objects.filter(pk=a.d.tag).update(type="Negative")
    return a.on(a.d, "POST", "/train?forceTrain=true")


def flat_region(a: Asker) -> Any:
    region = {"imageId": a.d.image, "tagId": a.d.tag, "left": 0.1, "top": 0.1, "width": 0, "height": 0.1}
    return a.on(a.d, "POST", "/images/regions", {"regions": [region]})


def with_metadata(pairs: dict[str, str]) -> Callable[[Asker], Any]:
    return lambda a: a.on(a.c, "POST", "/images/files", {"images": [{"contents": "aaaa"}], "metadata": pairs})


def nothing_changed(a: Asker) -> Any:
    Iteration.objects.filter(pk=a.c.spare).update(base_iteration=None)
    return a.on(a.c, "POST", "/train")


def trained_twice(a: Asker) -> Any:
    a.on(a.c, "POST", "/train?forceTrain=true")
    return a.on(a.c, "POST", "/train?forceTrain=true")


def from_base(a: Asker, iteration: str) -> Any:
    base = {"projectId": a.d.project, "iterationId": iteration}
    return a.on(a.d, "POST", "/train?forceTrain=true", {"customBaseModelInfo": base})


def from_another_domain(a: Asker) -> Any:
    Iteration.objects.filter(pk=a.d.spare).update(domain_id=GENERAL_DETECTION)
    return from_base(a, a.d.spare)


def too_many_iterations(a: Asker) -> Any:
    for _ in range(ITERATIONS_PER_PROJECT):
        make_iteration(Project.objects.get(pk=a.c.project))
    return a.on(a.c, "POST", "/train?forceTrain=true")


def published(a: Asker, iteration: str, query: str) -> Any:
    return a.on(a.c, "POST", f"/iterations/{iteration}/publish?{query}")


def against_a_gate(a: Asker) -> Any:
    """There is a rule, and nothing to judge it on."""
    PublishGate.objects.create(project_id=a.c.project, measure=GateMeasure.RECALL, created_by="test")
    return published(a, a.c.spare, f"publishName=model&predictionId={a.c.resource}&overwrite=true")


def exported_twice(a: Asker) -> Any:
    a.on(a.c, "POST", f"/iterations/{a.c.iteration}/export?platform=ONNX")
    return a.on(a.c, "POST", f"/iterations/{a.c.iteration}/export?platform=ONNX")


def quota_used_up(a: Asker) -> Any:
    a.patch.setattr(prediction_quota, "process_quota", PredictionQuota("F0", 0))
    return a.image(a.c, picture("circle", 1))


def fault(a: Asker) -> Any:
    a.patch.setattr(projects, "visible_projects", Mock(side_effect=RuntimeError("on purpose")))
    return a.top("GET", "/projects")


def failing_model(a: Asker) -> Any:
    a.patch.setattr(front, "predict", Mock(side_effect=RuntimeError("on purpose")))
    return a.image(a.c, picture("circle", 1))


def without_its_file(a: Asker) -> Any:
    Iteration.objects.filter(pk=a.c.spare).update(artifact="gone.onnx")
    return a.on(a.c, "POST", f"/quicktest/image?iterationId={a.c.spare}", picture("circle", 1), OCTETS)


def starting(a: Asker) -> Any:
    a.patch.setattr(WatcherInThisThread, "refresh", lambda _: None)
    return a.image(a.c, picture("circle", 1))


def full_disk(a: Asker) -> Any:
    message = "The prediction cannot be stored: the disk is full. Make room, or use nostore."
    a.patch.setattr(Spool, "append", Mock(side_effect=SpoolUnavailable(message)))
    return a.image(a.c, picture("circle", 1))


def image_without_its_file(a: Asker) -> Any:
    Image.objects.filter(pk=a.d.untagged).update(sha256="0" * 64)
    return a.on(a.d, "POST", f"/images/{a.d.untagged}/regionproposals")


def asked(a: Asker, **token: Any) -> Any:
    return a.on(a.c, "POST", "/predictions/query", token)


def quick(a: Asker, body: bytes) -> Any:
    return a.on(a.c, "POST", "/quicktest/image", body, OCTETS)


PROVOKED: Mapping[str, Callable[[Asker], Any]] = {
    "BadRequest": lambda a: a.on(a.c, "GET", "/images?take=many"),
    "BadRequestRequiredParamIsNull": lambda a: a.on(a.c, "POST", "/tags"),
    "BadRequestInvalidIds": lambda a: a.on(a.c, "GET", "/images?tagIds=abc"),
    "BadRequestExceededBatchSize": lambda a: a.on(a.c, "GET", f"/images?tagIds={ids(21)}"),
    "BadRequestNotSupported": lambda a: a.image(a.c, picture("circle", 1), task="detect"),
    "UnsupportedMediaType": lambda a: a.on(a.c, "POST", "/images/tags", b"\xff\xd8", OCTETS),
    "NotFound": lambda a: a.on(a.c, "GET", f"/artifacts?path=i-{a.c.project.replace('-', '')}/e-{uuid4().hex}"),
    "ErrorUnknown": fault,
    "NotFoundProject": lambda a: a.top("GET", f"/projects/{uuid4()}"),
    "BadRequestProjectName": lambda a: a.top("POST", f"/projects?name={LONG}"),
    "BadRequestProjectNameNotUnique": name_taken,
    "BadRequestProjectDescription": lambda a: a.top("POST", f"/projects?name=a&description={LONG * 100}"),
    "BadRequestProjectUnknownDomain": lambda a: a.top("POST", f"/projects?name=a&domainId={uuid4()}"),
    "BadRequestProjectUnknownClassification": lambda a: a.top("POST", "/projects?name=a&classificationType=Both"),
    "BadRequestProjectUnsupportedDomainTypeChange": lambda a: a.on(
        a.c, "PATCH", "", settings(domainId=str(GENERAL_DETECTION))
    ),
    "BadRequestProjectUnsupportedExportPlatform": lambda a: a.top(
        "POST", "/projects?name=a&targetExportPlatforms=Mars"
    ),
    "BadRequestProjectImagePreprocessingSettings": lambda a: a.on(
        a.c, "PATCH", "", settings(imageProcessingSettings={"augmentationMethods": {LONG: True}})
    ),
    "BadRequestInvalidUri": lambda a: a.top("POST", "/projects?name=a&notificationQueueUri=ftp://queue"),
    "BadRequestExceedProjectLimit": too_many_projects,
    "BadRequestInvalidImportToken": lambda a: a.top("POST", "/projects/import?token=nonsense"),
    "BadRequestWorkspaceCannotBeModified": half_imported,
    "NotFoundDomain": lambda a: a.top("GET", f"/domains/{uuid4()}"),
    "BadRequestInvalidArtifactUri": lambda a: a.on(a.c, "GET", "/artifacts?path=../secret_key"),
    "NotFoundTag": lambda a: a.on(a.c, "GET", f"/tags/{uuid4()}"),
    "BadRequestTagName": lambda a: a.on(a.c, "POST", f"/tags?name={LONG}"),
    "BadRequestTagNameNotUnique": lambda a: a.on(a.c, "POST", "/tags?name=circle"),
    "BadRequestTagDescription": lambda a: a.on(a.c, "POST", f"/tags?name=a&description={LONG * 100}"),
    "BadRequestTagType": lambda a: a.on(a.c, "POST", "/tags?name=a&type=Odd"),
    "BadRequestMultipleNegativeTag": second_tag_of(lambda a: a.c, "Negative"),
    "BadRequestMultipleGeneralProductTag": second_tag_of(lambda a: a.d, "GeneralProduct"),
    "BadRequestExceedTagPerProjectLimit": too_many_tags,
    "BadRequestNegativeAndRegularTagOnSameImage": negative_beside_another,
    "NotFoundImage": lambda a: a.on(a.d, "POST", f"/images/{uuid4()}/regionproposals"),
    "BadRequestImageBatch": lambda a: a.on(a.c, "POST", "/images/files", {"images": []}),
    "BadRequestImageRegions": flat_region,
    "BadRequestImageMetadataKey": with_metadata({LONG: "a"}),
    "BadRequestImageMetadataValue": with_metadata({"site": LONG}),
    "NotFoundIteration": lambda a: a.image(a.c, picture("circle", 1), name="nothing"),
    "NotFoundProjectDefaultIteration": lambda a: a.top("POST", f"/projects/{a.new_project()}/quicktest/image"),
    "BadRequestTrainingAlreadyInProgress": trained_twice,
    "BadRequestTrainingNotNeeded": nothing_changed,
    "BadRequestClassificationTrainingValidationFailed": lambda a: a.top("POST", f"/projects/{a.new_project()}/train"),
    "BadRequestDetectionTrainingValidationFailed": lambda a: a.top(
        "POST", f"/projects/{a.new_project(f'&domainId={GENERAL_DETECTION}')}/train"
    ),
    "BadRequestDetectionTrainingNotAllowNegativeTag": negative_in_a_detector,
    "BadRequestInvalidEmailAddress": lambda a: a.on(a.c, "POST", "/train?notificationEmailAddress=nobody"),
    "BadRequestCustomBaseModelIterationStatusNotCompleted": lambda a: from_base(a, a.d.failed),
    "BadRequestCustomBaseModelDomainNotCompatible": from_another_domain,
    "BadRequestExceedIterationPerProjectLimit": too_many_iterations,
    "BadRequestIterationName": lambda a: a.on(a.c, "PATCH", f"/iterations/{a.c.spare}", {"name": LONG}),
    "BadRequestIterationNameNotUnique": lambda a: a.on(
        a.c, "PATCH", f"/iterations/{a.c.spare}", {"name": "Iteration 1"}
    ),
    "BadRequestIterationIsNotTrained": lambda a: published(a, a.c.failed, f"publishName=a&predictionId={a.c.resource}"),
    "BadRequestIterationIsPublished": lambda a: published(
        a, a.c.iteration, f"publishName=a&predictionId={a.c.resource}&overwrite=true"
    ),
    "BadRequestIterationNotPublished": lambda a: a.on(a.c, "DELETE", f"/iterations/{a.c.spare}/publish"),
    "BadRequestInvalidPublishName": lambda a: published(a, a.c.spare, f"publishName=model&predictionId={a.c.resource}"),
    "BadRequestInvalidPublishTarget": lambda a: published(a, a.c.spare, f"publishName=a&predictionId={uuid4()}"),
    "BadRequestPublishGate": against_a_gate,
    "BadRequestExportAlreadyInProgress": exported_twice,
    "BadRequestExportValidationFailed": lambda a: a.on(
        a.c, "POST", f"/iterations/{a.c.iteration}/export?platform=Abacus"
    ),
    "BadRequestImageFormat": lambda a: quick(a, b"not an image"),
    "BadRequestImageStream": lambda a: quick(a, b""),
    "BadRequestImageUrl": lambda a: a.url(a.c, {"address": "https://example.com"}),
    "BadRequestImageSizeBytes": lambda a: a.image(a.c, b"\xff\xd8\xff" + bytes(4 * MEGABYTE)),
    "BadRequestImageDimensions": lambda a: quick(a, thin()),
    "BadRequestExceededQuota": quota_used_up,
    "BadRequestPredictionIdsMissing": lambda a: a.on(a.c, "DELETE", "/predictions"),
    "BadRequestPredictionIdsExceededCount": lambda a: a.on(a.c, "DELETE", f"/predictions?ids={ids(65)}"),
    "BadRequestPredictionTagsExceededCount": lambda a: asked(a, tags=[{"id": str(uuid4())} for _ in range(3)]),
    "BadRequestPredictionResultsExceededCount": lambda a: asked(a, maxCount=100_000),
    "BadRequestPredictionInvalidApplicationName": lambda a: a.image(
        a.c, picture("circle", 1), query=f"?application={LONG}"
    ),
    "BadRequestPredictionInvalidQueryParameters": lambda a: asked(a, orderBy="Sideways"),
    "ErrorPrediction": failing_model,
    "ErrorPredictionModelNotFound": without_its_file,
    "ErrorPredictionServiceUnavailable": starting,
    "ErrorPredictionStorage": full_disk,
    "ErrorRegionProposal": image_without_its_file,
}


def thin() -> bytes:
    """A picture that is far wider than high."""
    return png(size=(520, 10))
