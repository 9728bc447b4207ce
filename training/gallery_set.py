"""Which images a gallery shows: the workspace's or an iteration's, with those that the iteration got wrong."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from uuid import UUID

from labeling.gallery import TaggingCounts
from labeling.selection import Selection, TaggingStatus, count_images, select_ids
from portal.models import Project
from training.judged import JudgedOn
from training.models import Iteration, IterationState
from training.right_images import right_images
from training.wrong_images import Mistakes, wrong_images


class TestSetPart(StrEnum):
    """Whether images of today's locked test set are shown."""

    __test__ = False

    ANY = ""
    IN = "in"
    OUT = "out"


@dataclass(frozen=True)
class GalleryQuery:
    """What a gallery's address asks for. An image matches `tag_ids` when it has any of them."""

    tagging: TaggingStatus = TaggingStatus.ALL
    tag_ids: tuple[UUID, ...] = ()
    iteration_id: UUID | None = None
    name_part: str = ""
    is_oldest_first: bool = False
    test_set: TestSetPart = TestSetPart.ANY
    is_only_wrong: bool = False
    threshold_percent: int = 50
    overlap_percent: int = 30
    is_only_right: bool = False
    is_right_first: bool = False  # as the confusion matrix counts
    judged_on: JudgedOn = JudgedOn.UNSEEN

    @property
    def snapshot_id(self) -> UUID | None:
        """Of which images and labels are shown: those of the locked test set are today's."""
        is_of_today = self.is_only_right and self.judged_on is JudgedOn.LOCKED
        return None if is_of_today else self.iteration_id

    @property
    def is_filtering(self) -> bool:
        return self.tagging != TaggingStatus.ALL or bool(
            self.tag_ids or self.name_part or self.test_set or self.is_only_wrong or self.is_only_right
        )

    def selection(self) -> Selection:
        return Selection(
            self.snapshot_id,
            self.tagging,
            self.tag_ids,
            name_part=self.name_part,
            is_background_tagged=self.tagging != TaggingStatus.ALL,
            is_in_test_set=None if self.test_set is TestSetPart.ANY else self.test_set is TestSetPart.IN,
        )


@dataclass(frozen=True)
class GallerySet:
    """The first images, or all, in order; how many there are; which of the iteration's are wrong.

    `is_judged`: an iteration and a tag were chosen, so that `wrong` says something.
    """

    ids: list[UUID]
    total: int
    wrong: Mapping[UUID, Mistakes] = field(default_factory=dict)
    is_judged: bool = False


def gallery_set(
    project: Project,
    query: GalleryQuery,
    iteration: Iteration | None,
    take: int | None = None,
    counts: TaggingCounts | None = None,
) -> GallerySet:
    """The images that match: a constant number of queries. Raises Refusal `NotFoundIteration`.

    `counts`, of the workspace or the query's iteration, save a count where the query asks for no more than they tell.
    Where an iteration is judged for tags, those it falsely gave a tag are among the images.
    """
    if query.is_only_right and iteration is not None and iteration.state == IterationState.COMPLETED:
        return _right_set(project, query, iteration, take)
    if is_judged(query, iteration):
        assert iteration is not None
        return _judged_set(project, query, iteration, take)
    selection = query.selection()
    ids = select_ids(project, selection, is_oldest_first=query.is_oldest_first, take=take)
    if take is None or len(ids) < take:
        return GallerySet(ids, len(ids))
    if counts is not None and not (query.tag_ids or query.name_part or query.test_set):
        return GallerySet(ids, _told(counts, query.tagging))
    return GallerySet(ids, count_images(project, selection))


def _told(counts: TaggingCounts, tagging: TaggingStatus) -> int:
    return {
        TaggingStatus.ALL: counts.all,
        TaggingStatus.TAGGED: counts.tagged,
        TaggingStatus.UNTAGGED: counts.untagged,
    }[tagging]


def is_judged(query: GalleryQuery, iteration: Iteration | None) -> bool:
    """Whether the address asks how an iteration did on tags, and that iteration can tell."""
    return iteration is not None and bool(query.tag_ids) and iteration.state == IterationState.COMPLETED


def wrong_of(query: GalleryQuery, iteration: Iteration | None) -> Mapping[UUID, Mistakes]:
    """Which images the chosen iteration got wrong about the chosen tags; none where it is not judged."""
    if query.is_only_right or not is_judged(query, iteration):
        return {}
    assert iteration is not None
    return wrong_images(iteration, query.tag_ids, query.threshold_percent / 100, query.overlap_percent / 100)


def _right_set(project: Project, query: GalleryQuery, iteration: Iteration, take: int | None) -> GallerySet:
    right = right_images(
        iteration,
        query.tag_ids,
        query.threshold_percent,
        query.overlap_percent,
        query.judged_on,
        is_first=query.is_right_first,
    )
    every = select_ids(project, replace(query.selection(), tag_ids=()), is_oldest_first=query.is_oldest_first)
    ids = [image_id for image_id in every if image_id in right]
    return GallerySet(ids[:take], len(ids))


def _judged_set(project: Project, query: GalleryQuery, iteration: Iteration, take: int | None) -> GallerySet:
    wrong = wrong_of(query, iteration)
    every = select_ids(project, replace(query.selection(), tag_ids=()), is_oldest_first=query.is_oldest_first)
    if query.is_only_wrong:
        shown: set[UUID] = set(wrong)
    else:
        shown = {*wrong, *select_ids(project, query.selection())}
    ids = [image_id for image_id in every if image_id in shown]
    return GallerySet(ids[:take], len(ids), {each: wrong[each] for each in ids if each in wrong}, is_judged=True)
