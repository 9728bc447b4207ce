"""The five tag operations."""

from uuid import UUID

from django.http import HttpResponse
from rest_framework.request import Request

from labeling import tags
from labeling.api.records import TagBody, TagRecord, tag_record
from labeling.models import TagType
from labeling.selection import require_snapshot
from portal.projects import get_project
from portal.wire.bodies import read_record
from portal.wire.operations import array_of, operation
from portal.wire.parameters import Choice, Id, Text
from portal.wire.records import answer, answer_list
from portal.wire.views import WireView

GROUP = "Project tags"
ITERATION = Id("iterationId", "Tags as this iteration was trained on them; those of now when left out.", None)
NAME = Text("name", "Name, unique in the project.", "", is_required=True)
DESCRIPTION = Text("description", "What the tag means.", "")
TYPE = Choice("type", "Kind of tag.", TagType.REGULAR, words=TagType.values, code="BadRequestTagType")
RULES = (
    "BadRequestTagName",
    "BadRequestTagNameNotUnique",
    "BadRequestTagDescription",
    "BadRequestTagType",
    "BadRequestMultipleNegativeTag",
    "BadRequestMultipleGeneralProductTag",
    "ForbiddenUserInsufficientCapability",
)


class TagsView(WireView):
    @operation(
        "get_tags",
        "List tags with their image counts",
        group=GROUP,
        parameters=(ITERATION,),
        answers={200: array_of(TagRecord)},
        codes=("NotFoundIteration",),
    )
    def get(self, request: Request, project_id: UUID) -> HttpResponse:
        project = get_project(self.actor, project_id)
        iteration_id = ITERATION.read(self.wire)
        if iteration_id is not None:
            require_snapshot(project, iteration_id)
        return answer_list([tag_record(tag) for tag in tags.counted_tags(project, iteration_id)])

    @operation(
        "create_tag",
        "Make a tag",
        group=GROUP,
        parameters=(NAME, DESCRIPTION, TYPE),
        answers={200: TagRecord},
        codes=("BadRequestRequiredParamIsNull", *RULES, "BadRequestExceedTagPerProjectLimit"),
    )
    def post(self, request: Request, project_id: UUID) -> HttpResponse:
        tag = tags.create_tag(
            self.actor,
            get_project(self.actor, project_id),
            NAME.read(self.wire),
            DESCRIPTION.read(self.wire),
            TYPE.read(self.wire),
        )
        return answer(tag_record(tags.CountedTag(tag.pk, tag.name, tag.description, tag.type, 0)))


class TagView(WireView):
    @operation(
        "get_tag",
        "Get a tag with its image count",
        group=GROUP,
        parameters=(ITERATION,),
        answers={200: TagRecord},
        codes=("NotFoundTag", "NotFoundIteration"),
    )
    def get(self, request: Request, project_id: UUID, tag_id: UUID) -> HttpResponse:
        project = get_project(self.actor, project_id)
        iteration_id = ITERATION.read(self.wire)
        if iteration_id is not None:
            require_snapshot(project, iteration_id)
        return answer(tag_record(tags.counted_tag(project, tag_id, iteration_id)))

    @operation(
        "update_tag",
        "Change a tag",
        group=GROUP,
        body=TagBody,
        answers={200: TagRecord},
        codes=("NotFoundTag", *RULES, "BadRequestNegativeAndRegularTagOnSameImage"),
    )
    def patch(self, request: Request, project_id: UUID, tag_id: UUID) -> HttpResponse:
        project = get_project(self.actor, project_id)
        tag = tags.get_tag(project, tag_id)
        body = read_record(self.wire, TagBody)
        tags.update_tag(self.actor, tag, tags.TagChange(body.name, body.description, body.type))
        return answer(tag_record(tags.counted_tag(project, tag_id)))

    @operation(
        "delete_tag",
        "Delete a tag and take it off all images",
        group=GROUP,
        answers={204: None},
        codes=("NotFoundTag", "ForbiddenUserInsufficientCapability"),
    )
    def delete(self, request: Request, project_id: UUID, tag_id: UUID) -> HttpResponse:
        tags.delete_tag(self.actor, tags.get_tag(get_project(self.actor, project_id), tag_id))
        return HttpResponse(status=204)
