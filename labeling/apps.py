"""The labeling app."""

from django.apps import AppConfig


class LabelingConfig(AppConfig):
    name = "labeling"

    def ready(self) -> None:
        from labeling.removal import HANDLER
        from portal.jobs.handlers import register

        register(HANDLER)
