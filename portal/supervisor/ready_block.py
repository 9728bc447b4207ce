"""The few lines that end a start."""

from collections.abc import Sequence

from django.conf import settings

from portal.install_facts import install_facts
from portal.supervisor.preparation import FirstAdministrator


def ready_block(
    roles: Sequence[str], public_url: str, administrator: FirstAdministrator | None, elapsed_seconds: float
) -> str:
    """Addresses, sign-in, keys and where the data lies; for single roles one line."""
    ready = f"Ready after {elapsed_seconds:.1f} s."
    if administrator is None:
        return f"{ready} Running {', '.join(roles)}; logs in {settings.DATA_DIR / 'logs'}. Ctrl-C stops."
    facts = install_facts()
    password = administrator.password or "(set at the first start; `manage.py changepassword` changes it)"
    rows = [
        ("Portal", public_url),
        ("Sign in", f"{administrator.name}  {password}"),
        ("Endpoint", public_url),
        ("Training key", facts.training_key),
        ("Prediction key", facts.prediction_key),
        ("Prediction resource", facts.prediction_resource_id),
        ("Data", str(settings.DATA_DIR)),
        ("Logs", str(settings.DATA_DIR / "logs")),
    ]
    if administrator.password is not None:
        rows.insert(2, ("", "this password is shown once: keep it"))
    lines = [f"  {label:20} {value}" for label, value in rows]
    return "\n".join(["", *lines, "", f"{ready} Ctrl-C stops everything.", ""])
