"""The training API's operations, joined from all apps: each lives in the highest app that it needs."""

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
