"""Listing, counting and deleting images; putting tags on them."""

from uuid import UUID

from django.http import HttpResponse
from rest_framework.request import Request

from labeling import removal, selection, tagging
from labeling.api import image_parameters as query
from labeling.api.creation_views import CREATE_FROM_DATA, create_from_data
from labeling.api.records import ImageRecord, ImageTagCreateBatch, ImageTagCreateSummary, image_record, tagging_record
from labeling.selection import LabeledImage, Selection, TaggingStatus
from portal.projects import get_project
from portal.wire.bodies import read_record
from portal.wire.operations import WHOLE_NUMBER, array_of, operation
from portal.wire.records import answer, answer_count, answer_list
from portal.wire.views import WireView

IMAGES = array_of(ImageRecord)
GROUP = query.GROUP


def answer_images(images: list[LabeledImage]) -> HttpResponse:
    return answer_list([image_record(labeled) for labeled in images])


class _ImageListView(WireView):
    """A page of a selection."""

    def answer_page(self, project_id: UUID, wanted: Selection) -> HttpResponse:
        project = get_project(self.actor, project_id)
        is_oldest_first = query.ORDER.read(self.wire) == "Oldest"
        take, skip = query.TAKE.read(self.wire), query.SKIP.read(self.wire)
        return answer_images(
            selection.select_images(project, wanted, is_oldest_first=is_oldest_first, take=take, skip=skip)
        )


class _ImageCountView(WireView):
    """The size of a selection."""

    def answer_size(self, project_id: UUID, wanted: Selection) -> HttpResponse:
        return answer_count(selection.count_images(get_project(self.actor, project_id), wanted))


class ImagesView(_ImageListView):
    @operation(
        "get_images",
        "List images with their labels",
        group=GROUP,
        parameters=(
            query.ITERATION,
            query.ANY_OF_TAGS,
            query.TAGGING_STATUS,
            query.FILTER,
            query.ORDER,
            query.TAKE,
            query.SKIP,
        ),
        answers={200: IMAGES},
        codes=("BadRequestInvalidIds", "NotFoundIteration"),
    )
    def get(self, request: Request, project_id: UUID) -> HttpResponse:
        wanted = Selection(
            snapshot_id=query.ITERATION.read(self.wire),
            tagging=TaggingStatus(query.TAGGING_STATUS.read(self.wire)),
            tag_ids=query.ANY_OF_TAGS.read(self.wire),
            metadata_filter=query.FILTER.read(self.wire),
        )
        return self.answer_page(project_id, wanted)

    @CREATE_FROM_DATA
    def post(self, request: Request, project_id: UUID) -> HttpResponse:
        return create_from_data(self.actor, self.wire, project_id)

    @operation(
        "delete_images",
        "Delete images",
        group=GROUP,
        parameters=(query.IMAGE_IDS, query.ALL_IMAGES, query.ALL_ITERATIONS),
        answers={202: None, 204: None},
        codes=("BadRequestInvalidIds", "BadRequestRequiredParamIsNull", "ForbiddenUserInsufficientCapability"),
    )
    def delete(self, request: Request, project_id: UUID) -> HttpResponse:
        are_all, from_iterations = query.ALL_IMAGES.read(self.wire), query.ALL_ITERATIONS.read(self.wire)
        removal.delete_images(
            self.actor,
            get_project(self.actor, project_id),
            query.IMAGE_IDS.read(self.wire),
            are_all=are_all,
            from_iterations=from_iterations,
        )
        return HttpResponse(status=202 if are_all or from_iterations else 204)


class ImageCountView(_ImageCountView):
    @operation(
        "get_image_count",
        "Count images",
        group=GROUP,
        parameters=(query.ITERATION, query.TAGGING_STATUS, query.FILTER, query.ANY_OF_TAGS_TO_COUNT),
        answers={200: WHOLE_NUMBER},
        codes=("BadRequestInvalidIds", "NotFoundIteration"),
    )
    def get(self, request: Request, project_id: UUID) -> HttpResponse:
        wanted = Selection(
            snapshot_id=query.ITERATION.read(self.wire),
            tagging=TaggingStatus(query.TAGGING_STATUS.read(self.wire)),
            tag_ids=query.ANY_OF_TAGS_TO_COUNT.read(self.wire),
            metadata_filter=query.FILTER.read(self.wire),
        )
        return self.answer_size(project_id, wanted)


class TaggedImagesView(_ImageListView):
    @operation(
        "get_tagged_images",
        "List images that have tags",
        group=GROUP,
        parameters=(query.ITERATION, query.ANY_OF_TAGS, query.ORDER, query.TAKE, query.SKIP),
        answers={200: IMAGES},
        codes=("BadRequestInvalidIds", "NotFoundIteration"),
    )
    def get(self, request: Request, project_id: UUID) -> HttpResponse:
        tag_ids = query.ANY_OF_TAGS.read(self.wire)
        iteration_id = query.ITERATION.read(self.wire)
        return self.answer_page(project_id, Selection(iteration_id, TaggingStatus.TAGGED, tag_ids))


class TaggedImageCountView(_ImageCountView):
    @operation(
        "get_tagged_image_count",
        "Count images that have tags",
        group=GROUP,
        parameters=(query.ITERATION, query.ANY_OF_TAGS_TO_COUNT),
        answers={200: WHOLE_NUMBER},
        codes=("BadRequestInvalidIds", "NotFoundIteration"),
    )
    def get(self, request: Request, project_id: UUID) -> HttpResponse:
        tag_ids = query.ANY_OF_TAGS_TO_COUNT.read(self.wire)
        iteration_id = query.ITERATION.read(self.wire)
        return self.answer_size(project_id, Selection(iteration_id, TaggingStatus.TAGGED, tag_ids))


class UntaggedImagesView(_ImageListView):
    @operation(
        "get_untagged_images",
        "List images without tags",
        group=GROUP,
        parameters=(query.ITERATION, query.ORDER, query.TAKE, query.SKIP),
        answers={200: IMAGES},
        codes=("NotFoundIteration",),
    )
    def get(self, request: Request, project_id: UUID) -> HttpResponse:
        return self.answer_page(project_id, Selection(query.ITERATION.read(self.wire), TaggingStatus.UNTAGGED))


class UntaggedImageCountView(_ImageCountView):
    @operation(
        "get_untagged_image_count",
        "Count images without tags",
        group=GROUP,
        parameters=(query.ITERATION,),
        answers={200: WHOLE_NUMBER},
        codes=("NotFoundIteration",),
    )
    def get(self, request: Request, project_id: UUID) -> HttpResponse:
        return self.answer_size(project_id, Selection(query.ITERATION.read(self.wire), TaggingStatus.UNTAGGED))


class ImagesByIdsView(WireView):
    @operation(
        "get_images_by_ids",
        "Get images by their ids, in that order; unknown ids are passed over",
        group=GROUP,
        parameters=(query.IMAGE_IDS, query.ITERATION),
        answers={200: IMAGES},
        codes=("BadRequestInvalidIds", "NotFoundIteration"),
    )
    def get(self, request: Request, project_id: UUID) -> HttpResponse:
        project = get_project(self.actor, project_id)
        image_ids = query.IMAGE_IDS.read(self.wire)
        return answer_images(selection.images_by_ids(project, image_ids, query.ITERATION.read(self.wire)))


class ImageTagsView(WireView):
    @operation(
        "create_image_tags",
        "Put tags on images",
        group=GROUP,
        body=ImageTagCreateBatch,
        answers={200: ImageTagCreateSummary},
        codes=(
            "BadRequestExceededBatchSize",
            "BadRequestNegativeAndRegularTagOnSameImage",
            "NotFoundImage",
            "NotFoundTag",
            "ForbiddenUserInsufficientCapability",
        ),
    )
    def post(self, request: Request, project_id: UUID) -> HttpResponse:
        project = get_project(self.actor, project_id)
        batch = read_record(self.wire, ImageTagCreateBatch)
        pairs = [(entry.image_id, entry.tag_id) for entry in batch.tags]
        return answer(tagging_record(tagging.tag_images(self.actor, project, pairs)))

    @operation(
        "delete_image_tags",
        "Take tags off images",
        group=GROUP,
        parameters=(query.IMAGES_TO_UNTAG, query.TAGS_TO_REMOVE),
        answers={204: None},
        codes=(
            "BadRequestInvalidIds",
            "BadRequestExceededBatchSize",
            "BadRequestRequiredParamIsNull",
            "ForbiddenUserInsufficientCapability",
        ),
    )
    def delete(self, request: Request, project_id: UUID) -> HttpResponse:
        image_ids, tag_ids = query.IMAGES_TO_UNTAG.read(self.wire), query.TAGS_TO_REMOVE.read(self.wire)
        tagging.untag_images(self.actor, get_project(self.actor, project_id), image_ids, tag_ids)
        return HttpResponse(status=204)
