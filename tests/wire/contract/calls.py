"""A call of every operation through the SDK, on what a world holds; several where answers differ in shape."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from azure.cognitiveservices.vision.customvision.training import models as sent

from portal.domains import GENERAL_CLASSIFICATION, GENERAL_DETECTION
from tests.pictures import picture
from tests.wire.contract.clients import Sdk
from tests.wire.contract.operations import OPERATIONS
from tests.wire.contract.world import Holding, World

Given = tuple[tuple[Any, ...], dict[str, Any]]
NOT_AN_IMAGE = b"not an image"


@dataclass(frozen=True)
class Call:
    """One call of the SDK's method of that name, with what it is given of a classifier and a detector.

    `before` are calls that have to be done first.
    """

    operation: str
    given: Callable[[Holding, Holding], Given]
    status: int = 200
    note: str = ""
    before: "tuple[Call, ...]" = ()

    def __str__(self) -> str:
        return f"{self.operation} {self.note}".rstrip()

    def make(self, sdk: Sdk, world: World) -> Any:
        """Call, and read an answer that comes as a stream."""
        client = sdk.training if OPERATIONS[self.operation].client == "training" else sdk.prediction
        positional, named = self.given(world.classifier, world.detector)
        answer = getattr(client, self.operation)(*positional, **named)
        return b"".join(answer) if self.operation == "get_artifact" else answer


def given(*positional: Any, **named: Any) -> Given:
    return positional, named


def photo(number: int = 1000) -> bytes:
    """A picture that no world holds."""
    return picture("cross", number)


def files(*contents: bytes, **more: Any) -> sent.ImageFileCreateBatch:
    entries = [sent.ImageFileCreateEntry(name=f"{number}", contents=each) for number, each in enumerate(contents)]
    return sent.ImageFileCreateBatch(images=entries, **more)


def boxed_file(held: Holding) -> sent.ImageFileCreateBatch:
    entry = sent.ImageFileCreateEntry(name="boxed", contents=photo(), regions=[box(held)])
    return sent.ImageFileCreateBatch(images=[entry], metadata={"site": "south"})


def box(held: Holding) -> sent.Region:
    return sent.Region(tag_id=held.tag, left=0.6, top=0.6, width=0.25, height=0.25)


def boxes_on(held: Holding, *images: str, left: float = 0.6) -> list[sent.ImageRegionCreateEntry]:
    place = {"left": left, "top": 0.6, "width": 0.25, "height": 0.25}
    return [sent.ImageRegionCreateEntry(image_id=image, tag_id=held.tag, **place) for image in images]


def addresses(*urls: str, **more: Any) -> sent.ImageUrlCreateBatch:
    return sent.ImageUrlCreateBatch(images=[sent.ImageUrlCreateEntry(url=url, **more) for url in urls])


def from_prediction(prediction: str, **more: Any) -> sent.ImageIdCreateBatch:
    return sent.ImageIdCreateBatch(images=[sent.ImageIdCreateEntry(id=prediction, **more)])


def pairs(*images_and_tags: tuple[str, str]) -> list[sent.ImageTagCreateEntry]:
    return [sent.ImageTagCreateEntry(image_id=image, tag_id=tag) for image, tag in images_and_tags]


def whole_project() -> sent.Project:
    settings = sent.ProjectSettings(target_export_platforms=["ONNX"])
    return sent.Project(name=f"Changed {uuid4()}", description="changed", settings=settings)


def base_of(held: Holding) -> sent.CustomBaseModelInfo:
    return sent.CustomBaseModelInfo(project_id=held.project, iteration_id=held.iteration)


def everything() -> dict[str, Any]:
    """All that a project can be created with."""
    return {
        "description": "with everything",
        "domain_id": str(GENERAL_CLASSIFICATION),
        "classification_type": "Multiclass",
        "target_export_platforms": ["ONNX", "CoreML"],
        "export_model_container_uri": "https://example.com/models",
        "notification_queue_uri": "https://example.com/news",
    }


def query(held: Holding) -> sent.PredictionQueryToken:
    tags = [sent.PredictionQueryTag(id=held.tag, min_threshold=0.0, max_threshold=1.0)]
    return sent.PredictionQueryToken(
        order_by="Newest",
        tags=tags,
        iteration_id=held.iteration,
        max_count=10,
        start_time=datetime(2020, 1, 1, tzinfo=UTC),
        end_time=datetime(2100, 1, 1, tzinfo=UTC),
    )


SUGGEST = Call("suggest_tags_and_regions", lambda c, d: given(c.project, c.iteration, [c.untagged]))
SUGGEST_BOXES = Call(
    "suggest_tags_and_regions", lambda c, d: given(d.project, d.iteration, [d.untagged]), note="with boxes"
)
EXPORT = Call("export_iteration", lambda c, d: given(c.project, c.iteration, "ONNX", flavor="ONNX12"))
UNPUBLISH = Call("unpublish_iteration", lambda c, d: given(c.project, c.iteration), 204)

DOMAINS = [
    Call("get_domains", lambda c, d: given()),
    Call("get_domain", lambda c, d: given(str(GENERAL_DETECTION))),
]
PROJECTS = [
    Call("get_projects", lambda c, d: given()),
    Call("create_project", lambda c, d: given(f"New {uuid4()}")),
    Call("create_project", lambda c, d: given(f"New {uuid4()}", **everything()), note="with everything"),
    Call("get_project", lambda c, d: given(c.project)),
    Call("get_project", lambda c, d: given(d.project), note="of a detector"),
    Call("update_project", lambda c, d: given(c.project, whole_project())),
    Call("delete_project", lambda c, d: given(c.project), 204, before=(UNPUBLISH,)),
    Call("export_project", lambda c, d: given(d.project)),
    Call("import_project", lambda c, d: given(c.token, name=f"Copy {uuid4()}")),
    Call("get_artifact", lambda c, d: given(c.project, c.artifact)),
]
TAGS = [
    Call("get_tags", lambda c, d: given(c.project)),
    Call("get_tags", lambda c, d: given(c.project, iteration_id=c.iteration), note="of an iteration"),
    Call("create_tag", lambda c, d: given(c.project, "new", description="a tag", type="Negative")),
    Call("get_tag", lambda c, d: given(c.project, c.tag)),
    Call("update_tag", lambda c, d: given(c.project, c.tag, sent.Tag(name="a", description="b", type="Regular"))),
    Call("delete_tag", lambda c, d: given(c.project, c.tag), 204),
]
IMAGES = [
    Call("get_images", lambda c, d: given(d.project, filter="site eq 'north'", take=30)),
    Call("get_images", lambda c, d: given(d.project, iteration_id=d.iteration), note="of an iteration"),
    Call("get_image_count", lambda c, d: given(c.project, tagging_status="All")),
    Call("get_images_by_ids", lambda c, d: given(d.project, image_ids=[d.image])),
    Call("get_tagged_images", lambda c, d: given(c.project, tag_ids=[c.tag], order_by="Oldest")),
    Call("get_tagged_image_count", lambda c, d: given(c.project, tag_ids=[c.tag])),
    Call("get_untagged_images", lambda c, d: given(c.project)),
    Call("get_untagged_image_count", lambda c, d: given(c.project)),
    Call("create_images_from_data", lambda c, d: given(c.project, photo(), tag_ids=[c.tag])),
    Call("create_images_from_data", lambda c, d: given(c.project, NOT_AN_IMAGE), 207, "of no image"),
    Call("create_images_from_files", lambda c, d: given(d.project, boxed_file(d))),
    Call("create_images_from_files", lambda c, d: given(d.project, files(photo(), NOT_AN_IMAGE)), 207, "in part"),
    Call("create_images_from_urls", lambda c, d: given(d.project, addresses(c.image_address, regions=[box(d)]))),
    Call("create_images_from_urls", lambda c, d: given(c.project, addresses("ftp://nowhere/a.jpg")), 207, "in vain"),
    Call("create_images_from_predictions", lambda c, d: given(c.project, from_prediction(c.prediction))),
    Call(
        "create_images_from_predictions", lambda c, d: given(c.project, from_prediction(str(uuid4()))), 207, "in vain"
    ),
    Call("update_image_metadata", lambda c, d: given(c.project, [c.image], {"site": "south"})),
    Call(
        "update_image_metadata", lambda c, d: given(c.project, [c.image, str(uuid4())], {"site": "x"}), 207, "in part"
    ),
    Call("delete_images", lambda c, d: given(c.project, image_ids=[c.image]), 204),
    Call("delete_images", lambda c, d: given(c.project, all_images=True, all_iterations=True), 202, "all"),
    Call("create_image_tags", lambda c, d: given(c.project, tags=pairs((c.untagged, c.tag), (c.image, c.tag)))),
    Call("delete_image_tags", lambda c, d: given(c.project, [c.image], [c.tag]), 204),
    Call("create_image_regions", lambda c, d: given(d.project, regions=boxes_on(d, d.image))),
    Call("create_image_regions", lambda c, d: given(d.project, regions=boxes_on(d, d.full, d.image)), 207, "in part"),
    Call("delete_image_regions", lambda c, d: given(d.project, [d.region]), 204),
    Call("get_image_region_proposals", lambda c, d: given(d.project, d.untagged)),
]
ITERATIONS = [
    Call("train_project", lambda c, d: given(c.project, force_train=True)),
    Call(
        "train_project",
        lambda c, d: given(
            d.project,
            training_type="Advanced",
            reserved_budget_in_hours=2,
            notification_email_address="a@example.com",
            selected_tags=[d.tag],
            custom_base_model_info=base_of(d),
        ),
        note="with everything",
    ),
    Call("get_iterations", lambda c, d: given(c.project)),
    Call("get_iteration", lambda c, d: given(c.project, c.iteration)),
    Call("get_iteration", lambda c, d: given(c.project, c.failed), note="that failed"),
    Call("get_iteration", lambda c, d: given(d.project, d.spare), note="from another"),
    Call("update_iteration", lambda c, d: given(c.project, c.spare, "changed")),
    Call("delete_iteration", lambda c, d: given(c.project, c.spare), 204),
    Call("publish_iteration", lambda c, d: given(c.project, c.spare, "second", c.resource)),
    UNPUBLISH,
    Call("get_iteration_performance", lambda c, d: given(c.project, c.iteration, threshold=0.5)),
    Call(
        "get_iteration_performance",
        lambda c, d: given(d.project, d.iteration, threshold=0.5, overlap_threshold=0.5),
        note="of a detector",
    ),
    Call("get_image_performances", lambda c, d: given(c.project, c.iteration)),
    Call("get_image_performances", lambda c, d: given(d.project, d.iteration), note="of a detector"),
    Call("get_image_performance_count", lambda c, d: given(c.project, c.iteration)),
    EXPORT,
    Call("get_exports", lambda c, d: given(c.project, c.iteration), before=(EXPORT,)),
]
PREDICTIONS = [
    Call("quick_test_image", lambda c, d: given(c.project, photo(), iteration_id=c.spare)),
    Call("quick_test_image_url", lambda c, d: given(d.project, d.image_address, store=False)),
    Call("query_predictions", lambda c, d: given(c.project, sent.PredictionQueryToken())),
    Call("query_predictions", lambda c, d: given(d.project, query(d)), note="by tag"),
    Call("delete_prediction", lambda c, d: given(c.project, [c.prediction]), 204),
    SUGGEST,
    SUGGEST_BOXES,
    Call(
        "query_suggested_images",
        lambda c, d: given(c.project, c.iteration, sent.SuggestedTagAndRegionQueryToken()),
        before=(SUGGEST,),
    ),
    Call(
        "query_suggested_images",
        lambda c, d: given(
            d.project,
            d.iteration,
            sent.SuggestedTagAndRegionQueryToken(
                tag_ids=[d.tag], threshold=0.1, max_count=5, sort_by="UncertaintyAscending"
            ),
        ),
        note="with boxes",
        before=(SUGGEST_BOXES,),
    ),
    Call(
        "query_suggested_image_count",
        lambda c, d: given(c.project, c.iteration, tag_ids=[c.tag], threshold=0.0),
        before=(SUGGEST,),
    ),
    Call("classify_image", lambda c, d: given(c.project, c.name, photo())),
    Call("classify_image_with_no_store", lambda c, d: given(c.project, c.name, photo())),
    Call("classify_image_url", lambda c, d: given(c.project, c.name, c.image_address, application="contract")),
    Call("classify_image_url_with_no_store", lambda c, d: given(c.project, c.name, c.image_address)),
    Call("detect_image", lambda c, d: given(d.project, d.name, photo())),
    Call("detect_image_with_no_store", lambda c, d: given(d.project, d.name, photo())),
    Call("detect_image_url", lambda c, d: given(d.project, d.name, d.image_address)),
    Call("detect_image_url_with_no_store", lambda c, d: given(d.project, d.name, d.image_address)),
]
CALLS: list[Call] = [*DOMAINS, *PROJECTS, *TAGS, *IMAGES, *ITERATIONS, *PREDICTIONS]
