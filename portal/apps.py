"""The portal app: the bottom layer's models, and the top layer's job."""

from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "portal"

    def ready(self) -> None:
        from portal.deletion import HANDLER
        from portal.jobs.handlers import register

        register(HANDLER)
