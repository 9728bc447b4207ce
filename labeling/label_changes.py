"""Labels put on and taken off in one act, each image in its own way."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from uuid import UUID

from labeling.models import LabelSource
from labeling.tagging import (
    CurrentLabels,
    Labels,
    label_problem,
    put_labels,
    record_tagging,
    record_untagging,
    tag_types,
    take_off_labels,
)
from labeling.uploads import IngestStatus
from portal.actors import Actor
from portal.errors import Refusal
from portal.limits import TAGS_PER_IMAGE
from portal.models import Project


@dataclass(frozen=True)
class LabelChange:
    """What an image is to get and to lose."""

    add_tags: Collection[UUID] = ()
    remove_tags: Collection[UUID] = ()


REFUSALS = {
    IngestStatus.ERROR_INVALID_TAG: ("NotFoundTag", "The tag was deleted meanwhile, so it cannot be put on images."),
    IngestStatus.ERROR_NEGATIVE_AND_REGULAR: (
        "BadRequestNegativeAndRegularTagOnSameImage",
        "A negative tag and other tags cannot be on one image.",
    ),
    IngestStatus.ERROR_TAG_LIMIT: (
        "BadRequestExceedTagPerImageLimit",
        f"An image holds at most {TAGS_PER_IMAGE} tags.",
    ),
}


def change_labels(
    actor: Actor,
    project: Project,
    changes: Mapping[UUID, LabelChange],
    current: Mapping[UUID, CurrentLabels],
    source: LabelSource,
) -> None:
    """Take tags off images and put others on, with the audit lines.

    Call it in the transaction that holds the project's lock, for images of the workspace with their `current`
    labels. Raises Refusal with a code of `REFUSALS`; then nothing was changed.
    """
    added = {tag_id for change in changes.values() for tag_id in change.add_tags}
    types = tag_types(project, added.union(*(current[image_id].tag_ids for image_id in changes)))
    after: dict[UUID, CurrentLabels] = {}
    for image_id, change in changes.items():
        after[image_id] = CurrentLabels(current[image_id].tag_ids.difference(change.remove_tags))
        if problem := label_problem(Labels(change.add_tags), types, after[image_id]):
            raise Refusal(*REFUSALS[problem])
    unwanted = {image_id: change.remove_tags for image_id, change in changes.items() if change.remove_tags}
    if unwanted:
        record_untagging(actor, project, take_off_labels(actor, unwanted))
    wanted = {image_id: Labels(change.add_tags) for image_id, change in changes.items() if change.add_tags}
    if wanted:
        put_labels(actor, wanted, after, source)
        created = [
            (image_id, tag_id)
            for image_id, labels in wanted.items()
            for tag_id in labels.tag_ids
            if tag_id not in after[image_id].tag_ids
        ]
        record_tagging(actor, project, created)
