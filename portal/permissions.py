"""Roles and rights as data.

Source: Custom Vision's five roles. A training key carries every right on the projects of its resource and
none on any other; a prediction key carries none here (it opens the prediction URL alone).
"""

from enum import StrEnum


class Right(StrEnum):
    """What an act asks of its actor."""

    VIEW = "view"
    EDIT_IMAGES = "edit images"  # images, tags and regions
    TRAIN = "train"  # train, cancel, rename and delete iterations, quick test
    PUBLISH = "publish"  # publish, unpublish, export
    EDIT_PROJECT = "edit project"  # name, description, domain, settings
    MANAGE_PROJECTS = "manage projects"  # create, delete, copy


class Role(StrEnum):
    """A person's role in one project."""

    CONTRIBUTOR = "Contributor"
    TRAINER = "Trainer"
    LABELER = "Labeler"
    DEPLOYMENT = "Deployment"
    READER = "Reader"


RIGHTS_OF_ROLE: dict[Role, frozenset[Right]] = {
    Role.CONTRIBUTOR: frozenset(Right),
    Role.TRAINER: frozenset(Right) - {Right.MANAGE_PROJECTS},
    Role.LABELER: frozenset({Right.VIEW, Right.EDIT_IMAGES}),
    Role.DEPLOYMENT: frozenset({Right.VIEW, Right.PUBLISH}),
    Role.READER: frozenset({Right.VIEW}),
}
