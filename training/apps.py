from django.apps import AppConfig


class TrainingConfig(AppConfig):
    name = "training"

    def ready(self) -> None:
        from labeling.locked_test_choice import when_test_set_changes
        from portal.jobs.handlers import register
        from portal.jobs.nightly import register_nightly
        from portal.pages.project_bar import register_bar_part
        from training import export_job, notices, orphans, removal_job, training_job
        from training.locked_test.scoring import score_after_a_change
        from training.pages.train_button import train_button_of

        register(training_job.HANDLER)
        register(removal_job.HANDLER)
        register(export_job.HANDLER)
        register(notices.HANDLER)
        when_test_set_changes(score_after_a_change)
        register_nightly(orphans.sweep_orphan_models)
        register_nightly(orphans.sweep_training_folders)
        register_bar_part("train", train_button_of)
