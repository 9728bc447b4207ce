"""The token that lets its bearer import a project: signed, for this purpose alone, for a day.

Nothing is kept of it: what it says is the project's id. Regenerating keys does not end it; deleting the project does.
"""

from datetime import timedelta
from uuid import UUID

from django.core import signing

from portal.errors import Refusal
from portal.models import Project

SALT = "sightline.project-import"
LIFETIME = timedelta(hours=24)
LONGEST_TOKEN = 1000


def import_token(project: Project) -> str:
    """A token for the project, of letters that a query takes as they are but for a colon."""
    return signing.dumps(str(project.pk), salt=SALT)


def read_import_token(token: str) -> UUID:
    """The id of the project that the token is for. Raises Refusal `BadRequestInvalidImportToken`."""
    try:
        if len(token) > LONGEST_TOKEN:
            raise signing.BadSignature("too long")
        return UUID(signing.loads(token.strip(), salt=SALT, max_age=LIFETIME))
    except signing.SignatureExpired as error:
        raise Refusal(
            "BadRequestInvalidImportToken", "This token is older than a day. Export the project again for a new one."
        ) from error
    except (signing.BadSignature, ValueError, TypeError, AttributeError) as error:
        raise Refusal(
            "BadRequestInvalidImportToken",
            "This is not a token of export_project on this server. Check that it is URL-encoded in the query.",
        ) from error
