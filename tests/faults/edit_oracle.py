"""What a person has seen of the images they tag, edit by edit: the database must come to agree with it."""

from collections import Counter
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Change:
    """Tags that go on and come off one image."""

    image: str
    added: frozenset[str] = frozenset()
    removed: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Act:
    """One act of a person: `label` with its changes, `delete` or `restore` of the images."""

    verb: str
    changes: tuple[Change, ...]

    @property
    def inverse(self) -> "Act":
        verb = {"delete": "restore", "restore": "delete"}.get(self.verb, self.verb)
        return Act(verb, tuple(Change(change.image, change.removed, change.added) for change in self.changes))


@dataclass
class Seen:
    """An image as the person has seen it, and how many edits made it so."""

    tags: set[str] = field(default_factory=set)
    is_removed: bool = False
    label_edits: int = 0
    added: Counter[str] = field(default_factory=Counter)

    @property
    def shown(self) -> frozenset[str] | None:
        """Its tags as a gallery shows them; None where it shows no such image."""
        return None if self.is_removed else frozenset(self.tags)


class Oracle(dict[str, Seen]):
    """Every image by its id."""

    def note(self, act: Act) -> None:
        """The page has shown the act as performed."""
        for change in act.changes:
            seen = self[change.image]
            if act.verb != "label":
                seen.is_removed = act.verb == "delete"
                continue
            seen.tags |= change.added
            seen.tags -= change.removed
            seen.added.update(change.added)
            seen.label_edits += 1

    def after(self, act: Act) -> dict[str, frozenset[str] | None]:
        """What the page shows of the act's images once it is performed."""
        shown: dict[str, frozenset[str] | None] = {}
        for change in act.changes:
            seen = self[change.image]
            if act.verb == "label":
                shown[change.image] = frozenset((seen.tags | change.added) - change.removed)
            else:
                shown[change.image] = None if act.verb == "delete" else frozenset(seen.tags)
        return shown

    def present(self) -> list[str]:
        return [image for image, seen in self.items() if not seen.is_removed]

    def toggled(self, images: list[str], tag: str) -> Act:
        """What a tag's key does: on where it lacks, or off where all have it."""
        is_on = not all(tag in self[image].tags for image in images)
        one = frozenset([tag])
        changed = [image for image in images if (tag in self[image].tags) is not is_on]
        return Act("label", tuple(Change(image, one) if is_on else Change(image, removed=one) for image in changed))

    def untagged(self, images: list[str]) -> Act:
        tagged = [image for image in images if self[image].tags]
        return Act("label", tuple(Change(image, removed=frozenset(self[image].tags)) for image in tagged))
