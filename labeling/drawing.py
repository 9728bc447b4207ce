"""Boxes that people draw: put on images under the ids that the page gave them, brought back under the same."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from labeling.boxes import Box, DrawnBox
from labeling.label_rows import region_row
from labeling.models import LabelSource, Region
from portal.actors import Actor
from portal.errors import Refusal


class Drawing:
    """Boxes that images are to get, against the rows that have their ids already (one query)."""

    def __init__(self, wanted: Mapping[UUID, Sequence[DrawnBox]]) -> None:
        """Raises Refusal `BadRequestInvalidIds` for an id that is, or was, another box's or another image's."""
        self._wanted = wanted
        every = [(image_id, drawn) for image_id, boxes in wanted.items() for drawn in boxes]
        ids = {drawn.id for _, drawn in every} | {drawn.replaces for _, drawn in every if drawn.replaces}
        self._rows = Region.objects.in_bulk(ids) if ids else {}
        for image_id, drawn in every:
            row = self._rows.get(drawn.id)
            if row is not None and (row.image_id, _box(row)) != (image_id, drawn.box):
                raise Refusal("BadRequestInvalidIds", "The id of a new box belongs to another box.")

    def put_on(self, actor: Actor) -> list[UUID]:
        """Write what is not there and bring back what was taken off; gives the image of each box. Versions stay."""
        new: list[Region] = []
        back: list[Region] = []
        for image_id, boxes in self._wanted.items():
            ids = {drawn.id for drawn in boxes}
            for drawn in boxes:
                row = self._rows.get(drawn.id)
                if row is None:
                    new.append(self._new_row(actor, image_id, drawn, ids))
                elif row.removed is not None:
                    back.append(row)
        Region.objects.filter(pk__in=[row.pk for row in back]).update(removed=None, removed_by="")
        Region.objects.bulk_create(new)
        return [row.image_id for row in (*new, *back)]

    def _new_row(self, actor: Actor, image_id: UUID, drawn: DrawnBox, coming: set[UUID]) -> Region:
        source = LabelSource.SUGGESTED if drawn.is_suggested else LabelSource.DRAWN
        replaced = self._rows.get(drawn.replaces) if drawn.replaces else None
        is_of_image = (replaced is not None and replaced.image_id == image_id) or drawn.replaces in coming - {drawn.id}
        replaces = drawn.replaces if is_of_image else None
        return region_row(actor, image_id, drawn.box, source, id=drawn.id, replaces_id=replaces)


def _box(row: Region) -> Box:
    return Box(row.tag_id, row.left, row.top, row.width, row.height)
