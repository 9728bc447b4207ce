"""The rules of advice, each a function of the facts; docs/advice.md says them in a table.

`helps` is the share of the iteration's mistakes that the thing is about, times how much of it the act is thought to
mend. The factors are judgments, but for that of label errors, measured on `trashnet`: they only put advice in order.
"""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlencode

from labeling.health import BALANCED_RATIO
from portal.permissions import Right
from training.advice.facts import SMALL_PIXELS, AdviceFacts
from training.report_parts import RECOMMENDED_IMAGES

LEAST_SHARE = 0.05
IMBALANCE_MENDS = 0.5
ONE_TAG_SHARE = 0.6
ONE_TAG_MENDS = 0.8
LEAST_CONFUSIONS = 3
CONFUSION_SHARE = 0.1
CONFUSION_MENDS = 0.5
NEAR_SHARE = 0.05
NEAR_MENDS = 0.3
SMALL_SHARE = 0.1
SMALL_MENDS = 0.5
LABEL_ERRORS_RIGHT = 0.4
WEAK_F1 = 0.8
LEAST_SUGGESTED = 5
SUGGESTED_MENDS = 0.6
ALONE_SHARE = 0.2
BACKGROUND_SHARE = 0.1
BACKGROUND_MENDS = 0.5


@dataclass(frozen=True)
class Act:
    """The link that does it: an URL's name, of the project or of the iteration, and its query; `right` it takes."""

    words: str
    link_name: str
    query: str = ""
    is_of_iteration: bool = False
    is_dialog: bool = False
    right: Right = Right.VIEW


@dataclass(frozen=True)
class Advice:
    """One line: what is, with its figures, and what to do. `helps` 0..1 puts it in order."""

    rule: str
    words: str
    todo: str
    act: Act
    helps: float


def too_few_images(facts: AdviceFacts) -> Advice | None:
    """A tag with less than 50 images that takes part in mistakes."""
    short = [tag for tag in facts.tags if 0 < tag.images < RECOMMENDED_IMAGES and _counts(facts, tag.mistakes)]
    if not short:
        return None
    tag = max(short, key=lambda each: facts.share(each.mistakes) * (1 - each.images / RECOMMENDED_IMAGES))
    more = RECOMMENDED_IMAGES - tag.images
    return Advice(
        "too few images",
        f"{tag.name} has {_many(tag.images, 'image')} and is in {tag.mistakes:,} of {_mistakes(facts)}.",
        f"Add {more:,} more: {RECOMMENDED_IMAGES} a tag is a good aim.",
        Act(f"Images of {tag.name}", "images", urlencode({"tag": tag.tag_id})),
        facts.share(tag.mistakes) * (1 - tag.images / RECOMMENDED_IMAGES),
    )


def imbalance(facts: AdviceFacts) -> Advice | None:
    """Tags of which one has more than twice the images of another, which is missed."""
    used = [tag for tag in facts.tags if tag.images]
    if len(used) < 2:
        return None
    most = max(used, key=lambda tag: tag.images)
    rare = [tag for tag in used if most.images > BALANCED_RATIO * tag.images and _counts(facts, tag.lacking)]
    if not rare:
        return None
    tag = max(rare, key=lambda each: each.lacking)
    return Advice(
        "imbalance",
        f"{most.name} has {most.images:,} images, {tag.name} {tag.images:,}; {tag.name} is not recognized"
        f" {tag.lacking:,} of {_times(tag.labels)}.",
        f"More images of {tag.name} help most: at most {BALANCED_RATIO} to 1 between two tags is a good aim.",
        Act(f"Images of {tag.name}", "images", urlencode({"tag": tag.tag_id})),
        facts.share(tag.lacking) * IMBALANCE_MENDS,
    )


def one_tag_for_everything(facts: AdviceFacts) -> Advice | None:
    """A tag that is said so often that all others get at most half of their share."""
    said, labels = sum(tag.said for tag in facts.tags), sum(tag.labels for tag in facts.tags)
    if len(facts.tags) < 2 or not said or not labels:
        return None
    tag = max(facts.tags, key=lambda each: each.said)
    share, true_share = tag.said / said, tag.labels / labels
    wrong = tag.mistakes - tag.lacking
    if share < ONE_TAG_SHARE or 1 - share > (1 - true_share) / 2 or not _counts(facts, wrong):
        return None
    return Advice(
        "one tag for everything",
        f"It says {tag.name} {share:.0%} of the time, though {true_share:.0%} of the labels are {tag.name}.",
        f"Add images of the other tags, and look whether images of them carry {tag.name}.",
        Act(f"Where it says {tag.name}", "errors", urlencode({"predicted": tag.tag_id}), is_of_iteration=True),
        facts.share(wrong) * ONE_TAG_MENDS,
    )


def confused_tags(facts: AdviceFacts) -> Advice | None:
    """Two tags that are taken for each other."""
    names = {tag.tag_id: tag.name for tag in facts.tags}
    pairs = {
        (true, said): count
        for (true, said), count in facts.confusions.items()
        if true in names and said in names and true != said
    }
    both = {pair: count + pairs.get((pair[1], pair[0]), 0) for pair, count in pairs.items()}
    if not both:
        return None
    (true, said) = max(both, key=lambda pair: (both[pair], pairs[pair]))
    count = both[(true, said)]
    if count < LEAST_CONFUSIONS or facts.share(count) < CONFUSION_SHARE:
        return None
    back = pairs.get((said, true), 0)
    backward = f", and {back:,} the other way round" if back else ""
    return Advice(
        "confused tags",
        f"{names[true]} is taken for {names[said]} {_times(pairs[(true, said)])}{backward}, of {_mistakes(facts)}.",
        "Look whether the labels agree on where one ends, then add images in which the two differ.",
        Act(
            "Show them",
            "errors",
            urlencode({"kind": "confused", "true": true, "predicted": said}),
            is_of_iteration=True,
        ),
        facts.share(count) * CONFUSION_MENDS,
    )


def near_duplicate_images(facts: AdviceFacts) -> Advice | None:
    """Many images that look nearly the same as another."""
    share = facts.near_images / facts.images_now if facts.images_now else 0.0
    if share < NEAR_SHARE:
        return None
    return Advice(
        "near-duplicates",
        f"{facts.near_images:,} of {_many(facts.images_now, 'image')} look nearly the same as another.",
        "They teach little that is new. Delete one of each pair that shows the same, and add other scenes.",
        Act("Look at the pairs", "health", is_dialog=True),
        share * NEAR_MENDS,
    )


def small_boxes(facts: AdviceFacts) -> Advice | None:
    """Missed boxes that are small at the input size."""
    if not facts.missed_small or facts.share(facts.missed_small) < SMALL_SHARE:
        return None
    return Advice(
        "small boxes",
        f"{facts.missed_small:,} of {_mistakes(facts)} are missed boxes under {SMALL_PIXELS} px at the"
        f" {facts.input_pixels} px that the model sees.",
        "Train with General [A1], Logo or Products on Shelves, which look at larger pictures, or crop the pictures.",
        Act("Choose the domain", "project_settings", right=Right.EDIT_PROJECT),
        facts.share(facts.missed_small) * SMALL_MENDS,
    )


def likely_label_errors(facts: AdviceFacts) -> Advice | None:
    """Labels that the queue doubts and nobody has decided yet."""
    if not facts.doubts:
        return None
    what = "box" if facts.is_detector else "label"
    many = "1 " + what if facts.doubts == 1 else f"{facts.doubts:,} {what}{'es' if facts.is_detector else 's'}"
    return Advice(
        "likely label errors",
        f"{many} {'is' if facts.doubts == 1 else 'are'} likely wrong: models that had not seen them are sure of"
        " something else.",
        "Decide each by one key, then train again.",
        Act("Decide them", "errors", urlencode({"kind": "labels"}), is_of_iteration=True),
        min(1.0, facts.share(facts.doubts)) * LABEL_ERRORS_RIGHT,
    )


def suggested_images(facts: AdviceFacts) -> Advice | None:
    """Untagged images that look like a tag which is not recognized well."""
    weak = [
        tag
        for tag in facts.tags
        if tag.f1 < WEAK_F1 and facts.suggested.get(tag.tag_id, 0) >= LEAST_SUGGESTED and _counts(facts, tag.mistakes)
    ]
    if not weak:
        return None
    tag = max(weak, key=lambda each: each.mistakes)
    count = facts.suggested[tag.tag_id]
    return Advice(
        "suggested images",
        f"{count:,} untagged images look like {tag.name}, which is in {tag.mistakes:,} of {_mistakes(facts)}.",
        "Confirm or correct them, and train again.",
        Act(f"Suggested {tag.name}", "suggested", urlencode({"tag": tag.tag_id}), right=Right.EDIT_IMAGES),
        facts.share(tag.mistakes) * SUGGESTED_MENDS,
    )


def too_little_background(facts: AdviceFacts) -> Advice | None:
    """False boxes where nothing is, and few images without objects to learn that from."""
    share = facts.background_images / facts.trained_images if facts.trained_images else 0.0
    if not facts.is_detector or share >= BACKGROUND_SHARE or facts.share(facts.alone) < ALONE_SHARE:
        return None
    return Advice(
        "too little background",
        f"{facts.alone:,} of {_mistakes(facts)} are boxes where nothing is, and {facts.background_images:,} of"
        f" {_many(facts.trained_images, 'image')} that it was trained on show no objects.",
        "Add pictures of what it mistakes for objects, and mark them as having none (key N).",
        Act("Where it drew too much", "errors", urlencode({"kind": "false"}), is_of_iteration=True),
        facts.share(facts.alone) * BACKGROUND_MENDS,
    )


RULES: tuple[Callable[[AdviceFacts], Advice | None], ...] = (
    too_few_images,
    imbalance,
    one_tag_for_everything,
    confused_tags,
    near_duplicate_images,
    small_boxes,
    likely_label_errors,
    suggested_images,
    too_little_background,
)
MOST_SHOWN = 5


def advice_of(facts: AdviceFacts) -> list[Advice]:
    """What the rules say, that first which helps most, at most five."""
    said = [advice for rule in RULES if (advice := rule(facts)) is not None]
    return sorted(said, key=lambda advice: -advice.helps)[:MOST_SHOWN]


def _counts(facts: AdviceFacts, mistakes: int) -> bool:
    """Whether so many mistakes are worth a line."""
    return mistakes > 0 and facts.share(mistakes) >= LEAST_SHARE


def _mistakes(facts: AdviceFacts) -> str:
    return _many(facts.mistakes, "mistake")


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count:,} times"


def _many(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
