"""Icons and keycaps, drawn the same on every page."""

from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

register = template.Library()

# Strokes on a 20 by 20 grid.
ICONS = {
    "alert": "M10 3l7.5 13.5h-15zM10 8v4M10 14.5h.01",
    "arrow-down": "M10 4v12M5 11l5 5 5-5",
    "arrow-up": "M10 16V4M5 9l5-5 5 5",
    "back": "M12 5l-5 5 5 5",
    "box": "M3.500 5.500h13v9h-13zM2 5.500h3M3.500 4v3M15 14.500h3M16.500 13v3",
    "chart": "M3 16V9m4.7 7V4m4.6 12v-5M17 16V7",
    "check": "M4 10.5l4 4 8-9",
    "chevron-down": "M6 8l4 4 4-4",
    "clock": "M10 17.5a7.5 7.5 0 100-15 7.5 7.5 0 000 15zM10 6v4.5l3 1.5",
    "copy": "M7 7h9v9H7zM13 7V4H4v9h3",
    "cross": "M5 5l10 10M15 5L5 15",
    "download": "M10 3v9m-4-4l4 4 4-4M4 16h12",
    "edit": "M4 16l.8-3.600L13 4.200l2.800 2.800-8.200 8.200z",
    "export": "M10 12V3m-4 4l4-4 4 4M4 11v5h12v-5",
    "eye": "M2.500 10S5 5 10 5s7.500 5 7.500 5-2.500 5-7.500 5-7.500-5-7.500-5zM10 12.200a2.200 2.200 0 100-4.400 2.200 2.200 0 000 4.400",
    "filter": "M3 5h14M6 10h8M8.500 15h3",
    "fit": "M3 7V3h4M13 3h4v4M17 13v4h-4M7 17H3v-4",
    "flask": "M7 3h6M8 3v5L4 15.500q-.5 1.500 1 1.500h10q1.500 0 1-1.500L12 8V3M6.200 12h7.600",
    "folder": "M3 5h5l1.500 2H17v9H3z",
    "hand": "M10 2.500v15M2.500 10h15M8 4.500l2-2 2 2M8 15.500l2 2 2-2M4.500 8l-2 2 2 2M15.500 8l2 2-2 2",
    "help": "M7.500 7.500a2.500 2.500 0 113.600 2.200q-1.100.6-1.100 1.800M10 14.500h.01M10 17.500a7.500 7.500 0 100-15 7.500 7.500 0 000 15z",
    "image": "M3 5h14v11H3zM3 13l4-4 4 4 2-2 4 4M13 8.200h.01",
    "info": "M10 9v5M10 6.200h.01M10 17.500a7.500 7.500 0 100-15 7.500 7.500 0 000 15z",
    "key": "M7 13a3.500 3.500 0 112.800-5.600L17 7.400v3h-2v2.500h-2.500v-2.500H10A3.500 3.500 0 017 13zM6.500 9.500h.01",
    "link": "M8 12l4-4M9 6l1.500-1.500a3.200 3.200 0 014.600 4.600L13.500 10.600M11 14l-1.500 1.500a3.200 3.200 0 01-4.600-4.600L6.500 9.400",
    "lock": "M5 9h10v8H5zM7 9V6.500a3 3 0 016 0V9",
    "more": "M5 10h.01M10 10h.01M15 10h.01",
    "next": "M8 5l5 5-5 5",
    "no-objects": "M10 17.500a7.500 7.500 0 100-15 7.500 7.500 0 000 15zM4.700 4.700l10.600 10.600",
    "person": "M10 10a3.200 3.200 0 100-6.400 3.200 3.200 0 000 6.400M4 17q.5-4.500 6-4.500t6 4.500",
    "plus": "M10 4v12M4 10h12",
    "predictions": "M10 3v5m0 0l-2-2m2 2l2-2M4 9H3v7h14V9h-1",
    "redo": "M12 5l3.500 3.500L12 12M15 8.500H8a3.700 3.700 0 000 7.400h3",
    "refresh": "M16 10a6 6 0 11-1.800-4.300M16 3v3.500h-3.500",
    "search": "M9 15A6 6 0 109 3a6 6 0 000 12zM13.500 13.500L17 17",
    "settings": "M3 6h6M13 6h4M3 14h3M10 14h7M11 8a2 2 0 100-4 2 2 0 000 4M8 16a2 2 0 100-4 2 2 0 000 4",
    "spark": "M10 2.500l1.800 5.700 5.700 1.800-5.700 1.800L10 17.500l-1.800-5.700L2.500 10l5.700-1.800z",
    "tag": "M3 4h6l8 8-5.500 5.500L3.500 9.500zM6.500 7h.01",
    "theme": "M10 17a7 7 0 100-14 7 7 0 000 14zM10 3v14M10 6h4.500M10 10h7M10 14h4.500",
    "train": "M11 2.500L4.500 11H9.500l-.5 6.500L15.500 9h-5z",
    "trash": "M4 6h12M8 6V4h4v2M6 6l.7 10h6.600L14 6M8.500 9v4M11.500 9v4",
    "undo": "M8 5L4.500 8.500 8 12M5 8.500h7a3.700 3.700 0 010 7.400H9",
    "upload": "M10 13V4M6 8l4-4 4 4M4 16h12",
    "zoom-in": "M9 15A6 6 0 109 3a6 6 0 000 12zM13.500 13.500L17 17M9 6.500v5M6.500 9h5",
    "zoom-out": "M9 15A6 6 0 109 3a6 6 0 000 12zM13.500 13.500L17 17M6.500 9h5",
}


@register.simple_tag
def icon(name: str) -> SafeString:
    """An icon beside words; it says nothing to a screen reader. Raises KeyError for a name that is not there."""
    return format_html('<svg class="i" viewBox="0 0 20 20" aria-hidden="true"><path d="{}"/></svg>', ICONS[name])


@register.simple_tag
def keycap(tag: Any) -> SafeString:
    """A tag's keycap: its color and key; its name stands beside it. `tag` has `key`, `color`, `type`."""
    if tag.type == "Negative":
        return mark_safe('<span class="key none" aria-hidden="true">–</span>')  # noqa: RUF001
    return format_html('<span class="key" data-tag="{}" aria-hidden="true">{}</span>', tag.color, tag.key)


@register.filter
def percent(fraction: float | None, decimals: int = 1) -> str:
    """A fraction 0..1 as 94.6; a dash where there is none."""
    return "–" if fraction is None else f"{fraction * 100:.{decimals}f}"  # noqa: RUF001


@register.simple_tag(takes_context=True)
def with_query(context: template.Context, **changes: Any) -> str:
    """This page's query with some parameters changed; None or "" removes one."""
    query = context["request"].GET.copy()
    for name, value in changes.items():
        if value in (None, ""):
            query.pop(name, None)
        else:
            query[name] = str(value)
    encoded = query.urlencode()
    return f"?{encoded}" if encoded else "?"
