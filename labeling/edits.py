"""Edits that people make on pages: each done once, whole or not at all, and never over somebody else's change."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from labeling.boxes import DrawnBox
from labeling.edit_types import Conflict, ConflictReason, Edit, EditAct, ImageChange, ImageState, answer_record
from labeling.label_changes import LabelChange, change_labels
from labeling.label_rows import CurrentLabels, current_labels
from labeling.models import AppliedEdit, Image, LabelSource
from labeling.removal import UNDO_WINDOW, take_out
from labeling.restoring import restore_images
from portal.actors import Actor, require
from portal.errors import Refusal
from portal.models import Project
from portal.permissions import Right
from portal.projects import lock_project

FORGOTTEN_AFTER = timedelta(days=30)


def apply_edit(actor: Actor, project: Project, edit: Edit) -> dict[str, Any]:
    """Do an edit, or tell again what came of it; returns `answer_record`.

    An image that is no longer what the person saw, and not yet what they want, is left alone and told as a conflict.
    Raises Refusal, with nothing changed, when the rules forbid the edit: as `change_labels` and `restore_images` do,
    and `BadRequestInvalidIds` for an id that belongs to an edit of somebody else.
    """
    require(actor, Right.EDIT_IMAGES, project)
    with transaction.atomic():
        lock_project(project)
        done = AppliedEdit.objects.filter(pk=edit.id).first()
        if done is not None:
            if (done.project_id, done.actor_id) != (project.pk, actor.id):
                raise Refusal("BadRequestInvalidIds", "This edit's id belongs to another edit.")
            answer: dict[str, Any] = done.answer
            return answer
        answer = _Attempt(actor, project, edit).make()
        AppliedEdit.objects.create(pk=edit.id, project=project, actor_id=actor.id, answer=answer)
    return answer


def forget_applied_edits() -> int:
    """Forget edits that no browser will send again; returns how many."""
    count, _ = AppliedEdit.objects.filter(created__lt=timezone.now() - FORGOTTEN_AFTER).delete()
    return count


class _Attempt:
    """One edit against the images as they are, under the project's lock."""

    def __init__(self, actor: Actor, project: Project, edit: Edit) -> None:
        self._actor = actor
        self._project = project
        self._edit = edit
        self._conflicts: list[Conflict] = []
        self._found = self._rows()
        self._labels = current_labels(self._found.keys())

    def make(self) -> dict[str, Any]:
        """Sort the changes into to do, done already and conflicts; do what is to be done."""
        if self._edit.act is EditAct.RESTORE:
            self._restore()
        else:
            to_do = [change for change in self._edit.changes if self._is_to_do(change)]
            if self._edit.act is EditAct.DELETE:
                self._delete(to_do)
            else:
                self._label(to_do)
        return answer_record(self._edit, self._states(), self._conflicts)

    def _rows(self) -> dict[UUID, Image]:
        return Image.objects.filter(project=self._project).in_bulk([each.image_id for each in self._edit.changes])

    def _is_to_do(self, change: ImageChange) -> bool:
        image = self._found.get(change.image_id)
        is_deletion = self._edit.act is EditAct.DELETE
        if image is None or image.removed is not None:
            if not is_deletion:
                self._refuse_missing(change, image)
            return False
        if not is_deletion and _has_wanted(change, image, self._labels[image.pk]):
            return False
        if image.version != change.version:
            self._conflict(change, ConflictReason.CHANGED, image.labels_changed_by, image.labels_changed)
            return False
        return True

    def _refuse_missing(self, change: ImageChange, image: Image | None) -> None:
        if image is None:
            self._conflict(change, ConflictReason.GONE)
        else:
            self._conflict(change, ConflictReason.DELETED, image.removed_by, image.removed)

    def _conflict(self, change: ImageChange, reason: ConflictReason, by: str = "", at: Any = None) -> None:
        image = self._found.get(change.image_id)
        theirs = self._state(change, image, image.version if image else change.version, self._labels)
        self._conflicts.append(Conflict(change, theirs, reason, by, at))

    def _label(self, to_do: Sequence[ImageChange]) -> None:
        wanted = {
            each.image_id: LabelChange(
                each.add_tags,
                each.remove_tags,
                each.add_boxes,
                each.remove_boxes,
                each.has_no_objects,
                each.suggested_tags,
            )
            for each in to_do
        }
        change_labels(self._actor, self._project, wanted, self._labels, LabelSource.DRAWN)

    def _delete(self, to_do: Sequence[ImageChange]) -> None:
        if to_do:
            take_out(self._actor, self._project, [each.image_id for each in to_do], undo_window=UNDO_WINDOW)

    def _restore(self) -> None:
        restoration = restore_images(self._actor, self._project, [each.image_id for each in self._edit.changes])
        for change in self._edit.changes:
            twin = restoration.uploaded_again.get(change.image_id)
            if twin is not None:
                self._conflict(change, ConflictReason.UPLOADED_AGAIN, twin.created_by, twin.created)
            elif change.image_id in restoration.gone:
                self._found.pop(change.image_id, None)
                self._conflict(change, ConflictReason.GONE)

    def _states(self) -> list[ImageState]:
        """The images without a conflict, as they are now."""
        left_alone = {conflict.change.image_id for conflict in self._conflicts}
        changes = [change for change in self._edit.changes if change.image_id not in left_alone]
        now = self._rows()
        labels = current_labels(now.keys())
        before = self._found
        return [
            self._state(
                change,
                now.get(change.image_id),
                before[change.image_id].version if change.image_id in before else change.version,
                labels,
            )
            for change in changes
        ]

    @staticmethod
    def _state(
        change: ImageChange, image: Image | None, before: int, labels: Mapping[UUID, CurrentLabels]
    ) -> ImageState:
        if image is None:
            return ImageState(change.image_id, change.version, (), is_removed=True, before=before)
        has = labels[image.pk]
        return ImageState(
            image.pk,
            image.version,
            sorted(has.tag_ids, key=str),
            image.removed is not None,
            before,
            boxes=tuple(has.drawn.values()),
            has_no_objects=image.has_no_objects,
        )


def _has_wanted(change: ImageChange, image: Image, labels: CurrentLabels) -> bool:
    """Whether the image is already as the change would make it."""
    return (
        labels.tag_ids.issuperset(change.add_tags)
        and labels.tag_ids.isdisjoint(change.remove_tags)
        and labels.drawn.keys().isdisjoint(change.remove_boxes)
        and all(_is_there(drawn, labels) for drawn in change.add_boxes)
        and change.has_no_objects in (None, image.has_no_objects)
    )


def _is_there(drawn: DrawnBox, labels: CurrentLabels) -> bool:
    there = labels.drawn.get(drawn.id)
    return there is not None and there.box == drawn.box
