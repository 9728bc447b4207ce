"""The job that scores the locked test set.

It is short work: pages and gates wait for it, so it must not stand behind a training of hours. What takes long is
done in turns, each a job of its own, so that others come between.
"""

from portal.jobs.handlers import JobHandler
from portal.jobs.running import RunningJob
from training.locked_test.scoring import SCORE_JOB

QUEUE = "short"


def _run(job: RunningJob) -> None:
    from inference.locked_test_scoring import score_locked_test  # with it comes ONNX Runtime, which few processes need

    score_locked_test(job)


HANDLER = JobHandler(kind=SCORE_JOB, queue=QUEUE, run=_run, max_attempts=5)
