from django.apps import AppConfig


class TrainingConfig(AppConfig):
    name = "training"

    def ready(self) -> None:
        from portal.jobs.handlers import register
        from training import removal_job, training_job

        register(training_job.HANDLER)
        register(removal_job.HANDLER)
