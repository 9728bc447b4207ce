"""Ids in paths: importing this makes `<id:name>` usable in routes."""

from uuid import UUID

from django.urls import register_converter


class IdConverter:
    """A UUID in a path, in either case, with or without hyphens; Django's own takes lower case alone."""

    regex = "[0-9A-Fa-f]{8}-?(?:[0-9A-Fa-f]{4}-?){3}[0-9A-Fa-f]{12}"

    def to_python(self, value: str) -> UUID:
        return UUID(value)

    def to_url(self, value: UUID | str) -> str:
        return str(value)


register_converter(IdConverter, "id")
