"""What changed in the data from one iteration's snapshot to another's, counted and said in words."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from training.comparing.box_changes import box_changes
from training.comparing.frozen_rows import FrozenBox, FrozenRows, FrozenSet, read_frozen_rows
from training.models import Iteration
from training.performance import is_detection

MOST_NAMED = 2


class DataChange(StrEnum):
    """A kind of change; its value stands in addresses."""

    ADDED = "added"
    LOCKED = "locked"
    REMOVED = "removed"
    RELABELED = "relabeled"
    BOXES_ADDED = "boxes-added"
    BOXES_REMOVED = "boxes-removed"
    BOXES_MOVED = "boxes-moved"
    BOXES_RETAGGED = "boxes-retagged"
    NO_OBJECTS = "no-objects"
    OBJECTS_AGAIN = "objects-again"


@dataclass
class ChangedData:
    """One kind of change: how many images or boxes, and what of them; the images in no order.

    `old_boxes` and `new_boxes` are those that changed, by image, for drawing.
    """

    kind: DataChange
    count: int
    what: str
    detail: str
    image_ids: list[UUID]
    old_boxes: dict[UUID, list[FrozenBox]] = field(default_factory=dict)
    new_boxes: dict[UUID, list[FrozenBox]] = field(default_factory=dict)


def data_changes(iterations: Sequence[Iteration]) -> list[list[ChangedData]]:
    """Of each iteration but the first, against the first; kinds without a change are left out (six queries)."""
    is_boxes = is_detection(iterations[0])
    rows = read_frozen_rows([each.pk for each in iterations], is_detection=is_boxes)
    first, *others = rows.sets
    return [_changes(first, other, rows, is_boxes=is_boxes) for other in others]


def _changes(before: FrozenSet, after: FrozenSet, rows: FrozenRows, *, is_boxes: bool) -> list[ChangedData]:
    both = before.images & after.images
    gone = before.images - after.images
    added = after.images - before.images
    found = [
        _images(DataChange.ADDED, added, "added", _with_tags(added, after, rows)),
        _images(DataChange.LOCKED, gone & rows.locked, "taken into the locked test set"),
        _images(DataChange.REMOVED, gone - rows.locked, "removed", _with_tags(gone - rows.locked, before, rows)),
    ]
    if is_boxes:
        found += _box_changes(both, before, after, rows)
        found.append(_images(DataChange.NO_OBJECTS, after.background - before.background, "marked No objects here"))
        again = (before.background & both) - after.background
        found.append(_images(DataChange.OBJECTS_AGAIN, again, "no longer marked No objects here"))
    else:
        found.append(_relabeled(both, before, after, rows))
    return [each for each in found if each.count]


def _images(kind: DataChange, images: Iterable[UUID], act: str, detail: str = "") -> ChangedData:
    image_ids = list(images)
    return ChangedData(kind, len(image_ids), f"{_counted(len(image_ids), 'image')} {act}", detail, image_ids)


def _with_tags(images: set[UUID], frozen: FrozenSet, rows: FrozenRows) -> str:
    """ "61 of them with can or cup": the tags that most of them carry; nothing where one has no choice of tags."""
    counts = Counter(tag_id for image_id in images for tag_id in frozen.tags.get(image_id, ()))
    if not counts or len(rows.names) < 2:
        return ""
    most = [tag_id for tag_id, _ in counts.most_common(MOST_NAMED)]
    carrying = sum(1 for image_id in images if not frozen.tags.get(image_id, set()).isdisjoint(most))
    part = "all" if carrying == len(images) else f"{carrying:,}"
    return f"{part} of them with {' or '.join(rows.names[tag_id] for tag_id in most)}"


def _relabeled(both: set[UUID], before: FrozenSet, after: FrozenSet, rows: FrozenRows) -> ChangedData:
    kinds: Counter[str] = Counter()
    images = []
    for image_id in both:
        old, new = before.tags.get(image_id, set()), after.tags.get(image_id, set())
        if old != new:
            images.append(image_id)
            kinds[_retold(old - new, new - old, rows)] += 1
    return _images(DataChange.RELABELED, images, "relabeled", _most(kinds))


def _retold(off: set[UUID], on: set[UUID], rows: FrozenRows) -> str:
    old, new = (", ".join(sorted(rows.names[tag_id] for tag_id in tags)) for tags in (off, on))
    if not off:
        return f"got {new}"
    return f"{old} to {new}" if on else f"lost {old}"


def _most(kinds: Counter[str]) -> str:
    """The most frequent kinds, with their numbers where there are several."""
    if len(kinds) == 1:
        return next(iter(kinds))
    named = [f"{kind} ({count:,})" for kind, count in kinds.most_common(MOST_NAMED)]
    more = f" and {len(kinds) - MOST_NAMED} other kinds" if len(kinds) > MOST_NAMED else ""
    return ", ".join(named) + more


def _box_changes(both: set[UUID], before: FrozenSet, after: FrozenSet, rows: FrozenRows) -> list[ChangedData]:
    """Boxes on the images that both have; those of added and removed images come and go with them."""
    found = {
        DataChange.BOXES_ADDED: _Gathered("added"),
        DataChange.BOXES_REMOVED: _Gathered("removed"),
        DataChange.BOXES_MOVED: _Gathered("moved or resized"),
        DataChange.BOXES_RETAGGED: _Gathered("relabeled"),
    }
    name = rows.names.__getitem__
    for image_id in both & (before.boxes.keys() | after.boxes.keys()):
        of_image = box_changes(before.boxes.get(image_id, []), after.boxes.get(image_id, []), rows.replaced)
        found[DataChange.BOXES_ADDED].note(image_id, [(None, box) for box in of_image.added], name)
        found[DataChange.BOXES_REMOVED].note(image_id, [(box, None) for box in of_image.removed], name)
        found[DataChange.BOXES_MOVED].note(image_id, of_image.moved, name)
        found[DataChange.BOXES_RETAGGED].note(image_id, of_image.retagged, name)
    return [gathered.changed(kind) for kind, gathered in found.items()]


@dataclass
class _Gathered:
    act: str
    kinds: Counter[str] = field(default_factory=Counter)
    old: defaultdict[UUID, list[FrozenBox]] = field(default_factory=lambda: defaultdict(list))
    new: defaultdict[UUID, list[FrozenBox]] = field(default_factory=lambda: defaultdict(list))
    images: set[UUID] = field(default_factory=set)

    def note(
        self,
        image_id: UUID,
        pairs: Sequence[tuple[FrozenBox | None, FrozenBox | None]],
        name: Callable[[UUID], str],
    ) -> None:
        for old, new in pairs:
            self.images.add(image_id)
            names = [name(box.tag_id) for box in (old, new) if box]
            self.kinds[" to ".join(dict.fromkeys(names))] += 1
            if old:
                self.old[image_id].append(old)
            if new:
                self.new[image_id].append(new)

    def changed(self, kind: DataChange) -> ChangedData:
        count = sum(self.kinds.values())
        images = f" on {_counted(len(self.images), 'image')}" if count else ""
        what = f"{_counted(count, 'box', 'boxes')} {self.act}"
        detail = f"{_most(self.kinds)}{',' if self.kinds else ''}{images}" if count else ""
        return ChangedData(kind, count, what, detail, list(self.images), dict(self.old), dict(self.new))


def _counted(count: int, one: str, many: str = "") -> str:
    return f"{count:,} {one if count == 1 else many or one + 's'}"
