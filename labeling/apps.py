"""The labeling app."""

from django.apps import AppConfig


class LabelingConfig(AppConfig):
    name = "labeling"

    def ready(self) -> None:
        from labeling import edits, orphans
        from labeling.removal import HANDLER
        from labeling.resource_usage import fullest_projects
        from labeling.selection import Selection, count_images
        from portal.jobs.handlers import register
        from portal.jobs.nightly import register_nightly
        from portal.pages.project_bar import register_bar_part
        from portal.resource_usage import register_usage

        register(HANDLER)
        register_nightly(orphans.sweep_orphan_files)
        register_nightly(orphans.sweep_upload_folders)
        register_nightly(lambda grace: edits.forget_applied_edits())
        register_usage(fullest_projects)
        register_bar_part("image_count", lambda project: count_images(project, Selection()))
