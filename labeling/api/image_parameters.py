"""Query parameters that the image operations share."""

from labeling.metadata import IMAGES_PER_CALL
from labeling.removal import IDS_PER_CALL
from labeling.selection import TaggingStatus
from labeling.tagging import UNTAGGING_IMAGES, UNTAGGING_TAGS
from portal.limits import REGIONS_PER_BATCH, TAGS_PER_BATCH
from portal.wire.parameters import Choice, Flag, Id, Ids, Text, Whole

GROUP = "Project images"
DEFAULT_TAKE = 50
MOST_TAKE = 256
MOST_TAGS_TO_COUNT = 500

ITERATION = Id("iterationId", "Images and labels as this iteration was trained on them; those of now without.", None)
ANY_OF_TAGS = Ids("tagIds", "Only images that have any of these tags.", (), most=TAGS_PER_BATCH)
ANY_OF_TAGS_TO_COUNT = Ids("tagIds", "Only images that have any of these tags.", (), most=MOST_TAGS_TO_COUNT)
TAGGING_STATUS = Choice(
    "taggingStatus", "Only images with tags, or without.", TaggingStatus.ALL, words=[*TaggingStatus]
)
FILTER = Text("$filter", "Condition on metadata: key eq 'value', ne, and, or, parentheses.", "")
ORDER = Choice("orderBy", "By the time of upload.", "Newest", words=("Newest", "Oldest"))
TAKE = Whole("take", "How many images.", DEFAULT_TAKE, most=MOST_TAKE)
SKIP = Whole("skip", "How many images to pass over first.", 0)
TAGS_FOR_ALL = Ids("tagIds", "Tags for all images of the call.", (), most=TAGS_PER_BATCH)
IMAGE_IDS = Ids("imageIds", "Ids of images.", (), most=IDS_PER_CALL)
ALL_IMAGES = Flag("allImages", "All images of the workspace, in place of imageIds.", False)
ALL_ITERATIONS = Flag("allIterations", "Also from what iterations were trained on.", False)
IMAGES_TO_DESCRIBE = Ids("imageIds", "Ids of images.", (), is_required=True, most=IMAGES_PER_CALL)
IMAGES_TO_UNTAG = Ids("imageIds", "Ids of images.", (), is_required=True, most=UNTAGGING_IMAGES)
TAGS_TO_REMOVE = Ids("tagIds", "Ids of tags to take off.", (), is_required=True, most=UNTAGGING_TAGS)
REGION_IDS = Ids("regionIds", "Ids of regions to take off.", (), is_required=True, most=REGIONS_PER_BATCH)
