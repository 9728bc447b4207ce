from django.apps import AppConfig


class InferenceConfig(AppConfig):
    name = "inference"

    def ready(self) -> None:
        from inference import locked_test_job
        from inference.models import StoredPrediction
        from inference.orphans import sweep_orphan_predictions
        from portal.jobs.handlers import register
        from portal.jobs.nightly import register_nightly
        from portal.pages.project_bar import register_bar_part

        register(locked_test_job.HANDLER)
        register_bar_part("prediction_count", lambda project: StoredPrediction.objects.filter(project=project).count())
        register_nightly(sweep_orphan_predictions)
