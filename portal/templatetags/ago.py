"""How long ago, in the largest unit."""

from datetime import datetime

from django import template
from django.utils import timezone
from django.utils.timesince import timesince

register = template.Library()

JUST_NOW_SECONDS = 60


@register.filter
def ago(time: datetime) -> str:
    """The time as "3 days ago"; "just now" within a minute."""
    if (timezone.now() - time).total_seconds() < JUST_NOW_SECONDS:
        return "just now"
    return f"{timesince(time, depth=1)} ago"
