"""The bottom app, and the acts that need every app."""

from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "portal"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from portal import celery, deletion, notifications
        from portal.copying import importing
        from portal.jobs.handlers import register

        assert celery.app  # imported so that tasks can be sent from any process
        register(deletion.HANDLER)
        register(importing.HANDLER)
        register(notifications.HANDLER)
