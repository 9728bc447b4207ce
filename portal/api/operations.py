"""The API's operations, joined from all apps: each lives in the highest app that it needs."""

import inference.api.prediction_operations
import inference.api.routes
import labeling.api.routes
import portal.api.routes
import training.api.routes

TRAINING_OPERATIONS = [
    *portal.api.routes.urlpatterns,
    *labeling.api.routes.urlpatterns,
    *training.api.routes.urlpatterns,
    *inference.api.routes.urlpatterns,
]
# Answered before Django, so described here alone.
PREDICTION_OPERATIONS = inference.api.prediction_operations.described_patterns
