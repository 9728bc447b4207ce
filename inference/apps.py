from django.apps import AppConfig


class InferenceConfig(AppConfig):
    name = "inference"

    def ready(self) -> None:
        from inference.models import StoredPrediction
        from portal.pages.project_bar import register_bar_part

        register_bar_part("prediction_count", lambda project: StoredPrediction.objects.filter(project=project).count())
