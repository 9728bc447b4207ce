"""E-mail at the end of a training."""

import logging
from uuid import UUID

from django.core.mail import send_mail

from training.models import Iteration, IterationState

logger = logging.getLogger(__name__)


def notify_by_email(iteration_id: UUID) -> None:
    """Tell the address given at the start how the training ended; a mail server that is away is only logged."""
    iteration = Iteration.objects.select_related("project").filter(pk=iteration_id).first()
    if iteration is None or not iteration.notification_email:
        return
    done = iteration.state == IterationState.COMPLETED
    outcome = "is trained" if done else "was not trained"
    try:
        send_mail(
            subject=f"{iteration.project.name}: {iteration.name} {outcome}",
            message=f"{iteration.name} of the project {iteration.project.name} {outcome}. {iteration.error}".strip(),
            from_email=None,
            recipient_list=[iteration.notification_email],
        )
    except OSError as error:
        logger.warning("could not mail about iteration %s: %s", iteration.pk, error)
