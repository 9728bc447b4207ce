"""The next thing to do in a project, from its real state."""

from dataclasses import dataclass

from labeling.gallery import TaggingCounts, tagging_counts
from labeling.health import images_needed_per_tag
from labeling.left_out import left_out, trainable
from labeling.tag_keys import PageTag, project_tags
from portal.domains import DomainType
from portal.limits import CLASSIFICATION_MINIMUM_TAGS
from portal.models import Project
from portal.projects import project_domain
from training.models import UNFINISHED_STATES, Iteration, IterationState, PublishedName


@dataclass(frozen=True)
class CoachStep:
    """One line of advice. `link_name` is the URL name of the place to do it, with `query` behind it."""

    percent: int
    words: str
    link_words: str = ""
    link_name: str = ""
    query: str = ""


def next_step(project: Project) -> CoachStep:
    """What to do next, and how far the project is toward a published model (six queries, some more with a test set)."""
    counts = tagging_counts(project)
    tags = trainable(project, project_tags(project), left_out(project))
    iterations = list(Iteration.objects.filter(project=project, deleted__isnull=True).only("state", "number", "name"))
    if any(one.state in UNFINISHED_STATES for one in iterations):
        return CoachStep(65, "A training is running.", "Watch it", "performance")
    if any(one.state == IterationState.COMPLETED for one in iterations):
        return _after_training(project, counts)
    return _before_training(project, counts, tags)


def _before_training(project: Project, counts: TaggingCounts, tags: list[PageTag]) -> CoachStep:
    needed = images_needed_per_tag(project)
    is_detection = project_domain(project).type is DomainType.OBJECT_DETECTION
    wanted_tags = 1 if is_detection else CLASSIFICATION_MINIMUM_TAGS
    if counts.all == 0:
        return CoachStep(0, f"Add images: {needed} for each tag are enough to start, 50 are better.")
    regular = [tag for tag in tags if not tag.is_negative]
    if len(regular) < wanted_tags:
        more = "a tag" if wanted_tags - len(regular) == 1 else "two tags"
        then = "draw boxes on your images" if is_detection else "tag your images"
        return CoachStep(15, f"Make {more}, then {then}.", "Show untagged images", "images", "tagging=untagged")
    short = [tag for tag in regular if tag.image_count < needed]
    enough = len(regular) - len(short)
    if short and (enough < wanted_tags or any(tag.image_count for tag in short)):
        tag = short[0]
        images = "image" if tag.image_count == 1 else "images"
        percent = 20 + round(30 * sum(min(one.image_count, needed) for one in regular) / (needed * len(regular)))
        words = f"{tag.name} has {tag.image_count} {images}; {needed} are needed."
        if is_detection:
            words = f"{tag.name} has boxes on {tag.image_count} {images}; boxes on {needed} are needed."
        if not counts.untagged:
            return CoachStep(percent, words, "Add images", "images")
        return CoachStep(percent, words, "Show untagged images", "images", "tagging=untagged")
    return CoachStep(60, "There is enough to train. Press Train.")


def _after_training(project: Project, counts: TaggingCounts) -> CoachStep:
    if PublishedName.objects.filter(project=project).exists():
        if counts.untagged:
            images = "image is" if counts.untagged == 1 else "images are"
            act = "draw their boxes" if project_domain(project).type is DomainType.OBJECT_DETECTION else "tag them"
            words = f"Published. {counts.untagged:,} {images} untagged: {act} and train again to get better."
            return CoachStep(100, words, "Show them", "images", "tagging=untagged")
        return CoachStep(100, "Published. Your app can call the prediction URL.", "Get the URL", "performance")
    return CoachStep(85, "Trained. Look at its figures, then publish it.", "Performance", "performance")
