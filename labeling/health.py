"""Dataset health: what about the workspace's images and tags would make a worse model, and what is in order."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from labeling.box_health import INPUT_PIXELS, THINNEST_PIXELS, TINY_PIXELS, BoxHealth, box_health
from labeling.gallery import TaggingCounts
from labeling.left_out import LeftOut, left_out, trainable
from labeling.near_duplicates import PAIRS_AT_ONCE, NearPair, near_duplicates
from labeling.tag_keys import PageTag
from portal.domains import DomainType
from portal.limits import (
    CLASSIFICATION_IMAGES_PER_TAG,
    CLASSIFICATION_MINIMUM_TAGS,
    DETECTION_IMAGES_PER_TAG,
)
from portal.models import Project
from portal.projects import project_domain

# Custom Vision's advice: at most twice as many images of one tag as of another.
BALANCED_RATIO = 2
NAMES_IN_A_LINE = 3


class Severity(StrEnum):
    """`FIX` stands in the way of training or of a good model; `LOOK` may; `FINE` is in order."""

    FIX = "fix"
    LOOK = "look"
    FINE = "fine"


@dataclass(frozen=True)
class Finding:
    """One thing about the images: `words` in a sentence, `advice` what to do about it."""

    severity: Severity
    words: str
    advice: str = ""


@dataclass(frozen=True)
class Health:
    """Findings, those to be fixed first; `missing` is how many more images each tag needs to be trained.

    `near_pairs` are the images that look nearly the same.
    """

    findings: tuple[Finding, ...]
    missing: dict[str, int]
    near_pairs: tuple[NearPair, ...]

    @property
    def to_fix(self) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.severity is Severity.FIX)

    @property
    def line(self) -> str:
        """All of it in one line: what is to be fixed, or else what is in order."""
        shown = [finding for finding in self.findings if finding.severity is not Severity.FINE] or self.findings
        return " ".join(finding.words for finding in shown)


def images_needed_per_tag(project: Project) -> int:
    """How many images a tag needs to be trained."""
    is_detection = project_domain(project).type is DomainType.OBJECT_DETECTION
    return DETECTION_IMAGES_PER_TAG if is_detection else CLASSIFICATION_IMAGES_PER_TAG


def missing_images(project: Project, tags: Sequence[PageTag], without: LeftOut) -> dict[str, int]:
    """How many more images each tag needs to be trained, by the tag's id as text; tags that have enough are absent."""
    needed = images_needed_per_tag(project)
    seen = trainable(project, tags, without)
    return {str(tag.id): needed - tag.image_count for tag in seen if tag.image_count < needed}


def dataset_health(
    project: Project,
    tags: Sequence[PageTag],
    counts: TaggingCounts,
    *,
    most_images: int | None = None,
    without: LeftOut | None = None,
) -> Health:
    """The workspace's health, from its tags and counts.

    Boxes are looked at one by one, so in a project of more than `most_images` they are passed over. `without`, where
    the caller knows it, is what trainings leave out.
    """
    needed = images_needed_per_tag(project)
    near_pairs = near_duplicates(project)
    without = left_out(project) if without is None else without
    tags = trainable(project, tags, without)
    regular = [tag for tag in tags if not tag.is_negative]
    findings = [
        *_too_few_tags(regular, project_domain(project).type),
        *_too_few_images(tags, needed, project_domain(project).type),
        *_balance([tag for tag in regular if tag.image_count >= needed]),
        *_untagged(counts),
        *_locked(without),
        *_duplicates(counts, near_pairs),
    ]
    is_detection = project_domain(project).type is DomainType.OBJECT_DETECTION
    if is_detection and counts.all and (most_images is None or counts.all <= most_images):
        findings += _boxes(box_health(project))
    findings.sort(key=lambda finding: list(Severity).index(finding.severity))
    missing = {str(tag.id): needed - tag.image_count for tag in tags if tag.image_count < needed}
    return Health(tuple(findings), missing, tuple(near_pairs))


def _too_few_tags(regular: Sequence[PageTag], domain_type: DomainType) -> list[Finding]:
    used = sum(1 for tag in regular if tag.image_count)
    minimum = 1 if domain_type is DomainType.OBJECT_DETECTION else CLASSIFICATION_MINIMUM_TAGS
    if used >= minimum:
        return []
    have = "no tag has images yet" if used == 0 else f"{used} has images"
    plural = "tag" if minimum == 1 else "tags"
    words = f"Training needs {minimum} {plural}; {have}."
    return [Finding(Severity.FIX, words, "A negative tag does not count. Make a tag for each thing to be told apart.")]


def _too_few_images(tags: Sequence[PageTag], needed: int, domain_type: DomainType) -> list[Finding]:
    if not any(tag.image_count for tag in tags):
        return []
    short = [tag for tag in tags if 0 < tag.image_count < needed]
    empty = [tag.name for tag in tags if tag.image_count == 0]
    findings = []
    if short:
        which = _listed([f"{tag.name} has {tag.image_count}" for tag in short])
        if domain_type is DomainType.OBJECT_DETECTION:
            words = f"{which}; a tag needs boxes on {needed} images to be trained."
            findings.append(Finding(Severity.FIX, words, "Draw more boxes of it, or delete the tag."))
        else:
            words = f"{which}; a tag needs {needed} images to be trained."
            findings.append(Finding(Severity.FIX, words, "Tag more images with it, or delete the tag."))
    if empty:
        verb = "is" if len(empty) == 1 else "are"
        words = f"{_listed(empty)} {verb} on no image, so training leaves {'it' if len(empty) == 1 else 'them'} out."
        findings.append(Finding(Severity.FIX, words, "Tag images with it, or delete the tag."))
    if not findings:
        findings.append(Finding(Severity.FINE, f"Every tag has the {needed} images that training needs."))
    return findings


def _balance(trainable: Sequence[PageTag]) -> list[Finding]:
    if len(trainable) < 2:
        return []
    most = max(trainable, key=lambda tag: tag.image_count)
    least = min(trainable, key=lambda tag: tag.image_count)
    ratio = most.image_count / least.image_count
    sizes = f"{most.name} has {most.image_count:,} images, {least.name} {least.image_count:,}"
    if ratio > BALANCED_RATIO:
        advice = f"More images of {least.name} help most: at most {BALANCED_RATIO} to 1 between two tags is a good aim."
        return [Finding(Severity.FIX, f"Out of balance: {sizes}.", advice)]
    return [Finding(Severity.FINE, "The tags are in balance." if ratio == 1 else f"The tags are in balance: {sizes}.")]


def _untagged(counts: TaggingCounts) -> list[Finding]:
    if counts.untagged == 0 or counts.tagged == 0:
        return []
    verb = "is" if counts.untagged == 1 else "are"
    images = "image" if counts.untagged == 1 else "images"
    words = f"{counts.untagged:,} {images} {verb} untagged and not trained on."
    return [Finding(Severity.FINE, words)]


def _locked(without: LeftOut) -> list[Finding]:
    if not without:
        return []
    words = f"{_counted(without.test_images, 'image is', 'images are')} in the locked test set and never trained on."
    if not without.alike:
        return [Finding(Severity.FINE, words)]
    alike = _counted(len(without.alike), "image looks", "images look")
    advice = "Put them into the test set too, or delete them."
    return [
        Finding(Severity.FINE, words),
        Finding(Severity.LOOK, f"{alike} nearly the same as one in the test set, so training leaves them out.", advice),
    ]


def _duplicates(counts: TaggingCounts, near_pairs: Sequence[NearPair]) -> list[Finding]:
    """Ingest answers a file that the project has by the image that is there, so none can be in it twice."""
    if near_pairs:
        many = len(near_pairs)
        count = "1 pair of images looks" if many == 1 else f"{many:,} pairs of images look"
        if many == PAIRS_AT_ONCE:
            count = f"At least {count}"
        advice = "Look at each, and delete one image of a pair that shows the same."
        return [Finding(Severity.LOOK, f"{count} nearly the same.", advice)]
    return [Finding(Severity.FINE, "No file is here twice, and no two images look the same.")] if counts.all else []


def _boxes(boxes: BoxHealth) -> list[Finding]:
    findings = []
    if boxes.thin:
        which = _listed(boxes.thin_names)
        words = f"{_counted(boxes.thin, 'box is', 'boxes are')} too thin for a model to see, on {which}."
        advice = f"Training leaves boxes under {THINNEST_PIXELS} px at {INPUT_PIXELS} px out. Delete or redraw them."
        findings.append(Finding(Severity.FIX, words, advice))
    if boxes.unboxed:
        words = f"{_counted(boxes.unboxed, 'image has', 'images have')} a tag but no box, so training leaves it out."
        findings.append(Finding(Severity.FIX, words, "Open each and draw the boxes of its tags."))
    if boxes.tiny:
        words = f"{boxes.tiny:,} of {boxes.boxes:,} boxes {'is' if boxes.tiny == 1 else 'are'} tiny."
        advice = (
            f"Under {TINY_PIXELS} px at {INPUT_PIXELS} px they are often missed; General [A1], Logo and Products on"
            " Shelves look at larger pictures."
        )
        findings.append(Finding(Severity.LOOK, words, advice))
    if not findings and boxes.boxes:
        on = _counted(boxes.images, "image", "images")
        background = (
            f", and {_counted(boxes.background, 'image', 'images')} without objects" if boxes.background else ""
        )
        findings.append(Finding(Severity.FINE, f"{_counted(boxes.boxes, 'box', 'boxes')} on {on}{background}."))
    return findings


def _counted(count: int, one: str, many: str) -> str:
    return f"{count:,} {one if count == 1 else many}"


def _listed(names: Sequence[str]) -> str:
    if len(names) <= NAMES_IN_A_LINE:
        return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
    return f"{', '.join(names[:NAMES_IN_A_LINE])} and {len(names) - NAMES_IN_A_LINE} more"
