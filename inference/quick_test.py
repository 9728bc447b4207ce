"""Quick test: one image through any trained iteration, published or not."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from inference.answers import now, prediction_json, predictions_json
from inference.ingesting import store_now
from inference.predicting import predict
from inference.runtime import ArtifactRefused, Prediction
from inference.sessions import process_models
from inference.stored_facts import facts_json
from portal.actors import Actor, require
from portal.errors import Refusal
from portal.imaging import ImageLimits
from portal.limits import TRAINING_IMAGE_BYTES
from portal.models import Project
from portal.permissions import Right
from training.iterations import get_iteration, project_iterations
from training.models import Iteration, IterationState

LIMITS = ImageLimits(max_bytes=TRAINING_IMAGE_BYTES)


@dataclass(frozen=True)
class QuickTest:
    """What an iteration says of an image, most probable tag first."""

    id: UUID
    project_id: UUID
    iteration_id: UUID
    created: datetime
    ranked: list[Prediction]

    def as_json(self) -> bytes:
        """An ImagePrediction, as the prediction URL answers it."""
        return prediction_json(
            str(self.id),
            str(self.project_id),
            str(self.iteration_id),
            self.created,
            predictions_json(self.ranked),
        )


def choose_iteration(actor: Actor, project: Project, iteration_id: UUID | None) -> Iteration:
    """The named iteration, or the latest trained one; checked before the image is received.

    Raises Refusal `NotFoundIteration`, `BadRequestIterationIsNotTrained`, `NotFoundProjectDefaultIteration`.
    """
    require(actor, Right.TRAIN, project)
    if iteration_id is None:
        latest = project_iterations(project).filter(state=IterationState.COMPLETED).first()
        if latest is None:
            raise Refusal(
                "NotFoundProjectDefaultIteration", "This project has no trained iteration yet: train one first."
            )
        return latest
    iteration = get_iteration(project, iteration_id)
    if iteration.state != IterationState.COMPLETED:
        raise Refusal(
            "BadRequestIterationIsNotTrained", f"{iteration.name} is not trained: choose one whose status is Completed."
        )
    return iteration


def quick_test(actor: Actor, iteration: Iteration, image: bytes, *, is_stored: bool) -> QuickTest:
    """Run the iteration on an encoded image; with `is_stored`, keep both among the stored predictions.

    Raises Refusal `BadRequestImage...`, `ErrorPredictionModelNotFound`.
    """
    require(actor, Right.TRAIN, iteration.project)
    try:
        model = process_models.get(iteration.artifact, iteration.artifact_sha256)
    except (ArtifactRefused, OSError) as error:
        raise Refusal(
            "ErrorPredictionModelNotFound", f"{iteration.name} cannot be loaded: {error} Train it again."
        ) from error
    predicted = predict(model, image, LIMITS)
    test = QuickTest(uuid4(), iteration.project_id, iteration.pk, now(), predicted.ranked)
    if is_stored:
        facts = facts_json(
            prediction_id=str(test.id),
            project_id=str(test.project_id),
            iteration_id=test.iteration_id,
            resource_id=None,
            published_name="",
            application="",
            domain_id=iteration.domain_id,
            image=predicted.facts,
            created=test.created,
            predictions=predictions_json(test.ranked),
        )
        store_now(facts, image)
    return test
