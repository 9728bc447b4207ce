"""The thin WSGI layer before everything else: paths in one spelling, bodies within limits and time. No Django."""

from portal.intake.body import BodyTimeout, RequestBody
from portal.intake.intake import Intake, IntakeLimits

__all__ = ["BodyTimeout", "Intake", "IntakeLimits", "RequestBody"]
