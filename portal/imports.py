"""How far the import of a project is."""

from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet

from portal.jobs.models import Job
from portal.models import Project

IMPORT_JOB = "import_project"


@dataclass(frozen=True)
class ImportProgress:
    """A stage in words, and percent 0..100."""

    stage: str
    percent: float


def import_jobs(project_id: UUID) -> QuerySet[Job]:
    """The jobs that fill the project, newest first: a large one is filled by several, one after the other."""
    return Job.objects.filter(kind=IMPORT_JOB, project_id=project_id).order_by("-created")


def import_progress(project: Project) -> ImportProgress:
    """Of a project that is being imported."""
    job = import_jobs(project.pk).first()
    return ImportProgress(job.stage, job.percent) if job is not None else ImportProgress("", 0)
